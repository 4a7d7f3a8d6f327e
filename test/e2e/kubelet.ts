import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../controlplane/index.ts";

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
  readonly status?: { readonly containerStatuses?: readonly unknown[] };
}

/** Between two looks at the pods. */
const lookMs = 100;

/**
 * Says of every pod that controllers make what scheduler and kubelet would, which do not run here: it is ready, but for one
 * whose image is not `starts`, which cannot be pulled. Returns what ends it.
 */
export function playKubelet(plane: ControlPlane, starts: (image: string) => boolean): () => Promise<void> {
  const ending = new AbortController();
  const run = async () => {
    while (!ending.signal.aborted) {
      await look(plane, starts).catch(() => undefined);
      await sleep(lookMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return async () => {
    ending.abort();
    await running;
  };
}

async function look(plane: ControlPlane, starts: (image: string) => boolean): Promise<void> {
  const { text } = await plane.request({ path: "/api/v1/pods" });
  for (const { metadata, spec, status } of (JSON.parse(text) as { items: Pod[] }).items) {
    if (status?.containerStatuses !== undefined) continue;
    const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`;
    const body = JSON.stringify({ status: statusOf(spec, starts) });
    await plane.request({ path, method: "PATCH", body, contentType: "application/merge-patch+json" });
  }
}

function statusOf({ containers }: Pod["spec"], starts: (image: string) => boolean): object {
  const ready = containers.every(({ image }) => starts(image));
  const at = new Date().toISOString();
  return {
    phase: ready ? "Running" : "Pending",
    conditions: ["Ready", "ContainersReady", "PodScheduled"].map((type) => ({
      type,
      status: ready || type === "PodScheduled" ? "True" : "False",
      lastTransitionTime: at,
    })),
    containerStatuses: containers.map(({ name, image }) => ({
      name,
      image,
      imageID: "",
      ready,
      restartCount: 0,
      state: ready
        ? { running: { startedAt: at } }
        : { waiting: { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}"` } },
    })),
  };
}
