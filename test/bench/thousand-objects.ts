import { createKubeClient } from "../../agent/kube/index.ts";
import type { DesiredEnvironment, StatusSink } from "../../agent/ports.ts";
import { createReconciler } from "../../agent/reconcile/index.ts";
import type { Ack, ApplicationBody, Manifest } from "../../common/domain/index.ts";
import { canonicalJson, digestOf, refOf } from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import type { ControlPlane } from "../controlplane/index.ts";
import { type ConfigMap, createRawApi } from "./raw-api.ts";
import { type Measurement, percentile } from "./report.ts";

const count = 1_000;
const runs = 5;
const inFlight = 32;

/** The agent's engine on its own, in this process: an assignment of 1,000 ConfigMaps of 0.5 KB, from having it to all applied. */
export async function thousandObjects(plane: ControlPlane): Promise<readonly Measurement[]> {
  const raw = createRawApi(plane);
  const floors: number[] = [];
  const ours: number[] = [];
  let unchanged = 0;
  for (let run = 0; run < runs; run++) {
    const floorMaps = Array.from({ length: count }, (_, index) =>
      configMap(`floor-${run}-${index}`, { bench: "floor" }),
    );
    floors.push(await raw.applyAll(floorMaps, inFlight));
    await raw.deleteAll("bench=floor");
    const result = await apply(plane, run);
    ours.push(result.ms);
    unchanged = Math.max(unchanged, result.requestsWhenUnchanged);
    await raw.deleteAll("bench=ours");
  }
  await raw.close();
  return [
    {
      what: `create ${count} ConfigMaps of 0.5 KB, p50 of ${runs}`,
      unit: "ms",
      floor: percentile(floors, 0.5),
      floorIs: `raw PATCH loop, ${inFlight} in flight`,
      ours: percentile(ours, 0.5),
      aimRatio: 1.25,
    },
    { what: `the same assignment again, nothing changed`, unit: "requests", ours: unchanged, aim: 0 },
  ];
}

async function apply(
  plane: ControlPlane,
  run: number,
): Promise<{ readonly ms: number; readonly requestsWhenUnchanged: number }> {
  const log = silentLogger();
  const kube = await createKubeClient({ kubeconfig: plane.kubeconfig, log, userAgent: "drover-bench" });
  const stopping = new AbortController();
  let onAck: (ack: Ack) => void = () => undefined;
  const nothing = () => undefined;
  const sink: StatusSink = {
    environment: nothing,
    application: nothing,
    object: nothing,
    drift: nothing,
    ack: (ack) => onAck(ack),
  };
  const reconciler = createReconciler({ kube, sink, log, concurrency: inFlight });
  reconciler.start({ signal: stopping.signal });
  const acked = (generation: number) =>
    new Promise<void>((resolve) => {
      onAck = (ack) => {
        if (ack.phase === "applied" && ack.generation === generation) resolve();
      };
    });
  try {
    const environment = `bench-${run}`;
    // One object first, so that connections and watches stand as in an agent that has been running.
    const warm = acked(1);
    reconciler.assign(desired(environment, 1, [configMap(`warm-${run}`, { bench: "ours" })]));
    await warm;
    await reconciler.idle();
    const manifests = Array.from({ length: count }, (_, index) => configMap(`ours-${run}-${index}`, { bench: "ours" }));
    const all = acked(2);
    const started = performance.now();
    reconciler.assign(desired(environment, 2, manifests));
    await all;
    const ms = performance.now() - started;
    await reconciler.idle();
    const before = sum(kube.requests());
    const again = acked(3);
    reconciler.assign(desired(environment, 3, manifests));
    await again;
    await reconciler.idle();
    return { ms, requestsWhenUnchanged: sum(kube.requests()) - before };
  } finally {
    stopping.abort();
    await reconciler.close();
    await kube.close();
  }
}

function desired(environment: string, generation: number, manifests: readonly Manifest[]): DesiredEnvironment {
  const contents = new Map(manifests.map((manifest) => [digestOf(canonicalJson(manifest)), manifest]));
  const body: ApplicationBody = {
    name: "bench",
    revision: "0".repeat(40),
    objects: [...contents].map(([digest, manifest]) => ({
      apiVersion: manifest.apiVersion,
      ref: refOf(manifest),
      digest,
      source: "",
    })),
    policy: { prune: false, driftMode: "correct", timeoutSeconds: 300, health: [] },
    dependsOn: [],
  };
  return {
    header: {
      cluster: "bench",
      environment,
      epoch: "bench",
      generation,
      digest: digestOf(canonicalJson(body)),
      revision: body.revision,
      epochConfirmed: true,
    },
    body: { applications: [{ name: "bench", digest: digestOf(canonicalJson(body)) }] },
    applications: [body],
    held: [],
    absenceIsTrusted: true,
    manifest: async (digest) => {
      const found = contents.get(digest);
      if (found === undefined) throw new Error(`No content ${digest}`);
      return found;
    },
  };
}

function configMap(name: string, labels: Readonly<Record<string, string>>): ConfigMap & Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default", labels },
    data: { text: "x".repeat(400) },
  };
}

function sum(requests: Readonly<Record<string, number>>): number {
  return Object.values(requests).reduce((total, each) => total + each, 0);
}
