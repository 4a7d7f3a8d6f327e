import { type Json, type JsonObject, type KubeObject, listAt, textAt } from "../json.ts";
import type { ObjectKey } from "../store.ts";
import { type ControllerContext, isGoing, nodeName, podKind } from "./context.ts";
import { brokenImage, failingImage, isReady, phaseOf } from "./pod-template.ts";

/** The scheduler and the kubelet: places a pod, then starts it after the delay, or fails to pull its image. */
export function reconcilePod(context: ControllerContext, key: ObjectKey): void {
  const pod = context.get(key);
  if (pod === undefined || isGoing(pod) || ["Succeeded", "Failed"].includes(phaseOf(pod))) return;
  if (textAt(pod, "spec", "nodeName") === undefined) {
    context.update(podKind, { ...pod, spec: { ...(pod["spec"] as JsonObject), nodeName } });
    return;
  }
  if (imagesOf(pod) === startedImages(pod)) return finishIfJob(context, key, pod);
  const born = Date.parse(textAt(pod, "metadata", "creationTimestamp") ?? "");
  const fresh = listAt(pod, "status", "containerStatuses").length === 0;
  const elapsed = fresh ? context.clock.now() - born : 0;
  // Creation times are whole seconds: never wait longer than the delay itself.
  const wait = Math.min(context.delays.podReadyMs, Math.max(0, context.delays.podReadyMs - Math.max(0, elapsed - 999)));
  context.after(wait, () => start(context, key));
}

function imagesOf(pod: KubeObject): string {
  return listAt(pod, "spec", "containers")
    .map((container) => textAt(container, "image") ?? "")
    .join(" ");
}

function startedImages(pod: KubeObject): string {
  return listAt(pod, "status", "containerStatuses")
    .map((status) => textAt(status, "image") ?? "")
    .join(" ");
}

function start(context: ControllerContext, key: ObjectKey): void {
  const pod = context.get(key);
  if (pod === undefined || isGoing(pod) || imagesOf(pod) === startedImages(pod)) return;
  const broken = brokenImage(pod);
  const time = context.time();
  const waiting = { waiting: { reason: "ImagePullBackOff", message: `Back-off pulling image "${broken ?? ""}"` } };
  const state: JsonObject = broken === undefined ? { running: { startedAt: time } } : waiting;
  context.setStatus(
    podKind,
    pod,
    statusOf(pod, { phase: broken === undefined ? "Running" : "Pending", ready: broken === undefined, state, time }),
    "kubelet",
  );
}

function finishIfJob(context: ControllerContext, key: ObjectKey, pod: KubeObject): void {
  const owned = listAt(pod, "metadata", "ownerReferences").some((owner) => textAt(owner, "kind") === "Job");
  if (!isReady(pod) || !(owned || textAt(pod, "spec", "restartPolicy") === "Never")) return;
  context.after(context.delays.jobRunsMs, () => {
    const now = context.get(key);
    if (now === undefined || phaseOf(now) !== "Running") return;
    const failed = failingImage(now);
    const time = context.time();
    const state = {
      terminated: {
        exitCode: failed ? 1 : 0,
        reason: failed ? "Error" : "Completed",
        finishedAt: time,
        startedAt: time,
      },
    };
    context.setStatus(
      podKind,
      now,
      statusOf(now, { phase: failed ? "Failed" : "Succeeded", ready: false, state, time }),
      "kubelet",
    );
  });
}

interface Seen {
  readonly phase: string;
  readonly ready: boolean;
  readonly state: JsonObject;
  readonly time: string;
}

function statusOf(pod: KubeObject, { phase, ready, state, time }: Seen): JsonObject {
  const flag = (value: boolean) => (value ? "True" : "False");
  const one = (type: string, value: boolean): Json => ({
    type,
    status: flag(value),
    lastTransitionTime: time,
    ...(value
      ? {}
      : {
          reason: phase === "Succeeded" ? "PodCompleted" : "ContainersNotReady",
          message: "containers with unready status",
        }),
  });
  const statuses = listAt(pod, "spec", "containers").map(
    (container): Json => ({
      name: textAt(container, "name") ?? "",
      image: textAt(container, "image") ?? "",
      imageID: "",
      ready,
      started: ready,
      restartCount: 0,
      state,
    }),
  );
  return {
    phase,
    conditions: [
      one("PodScheduled", true),
      one("Initialized", true),
      one("ContainersReady", ready),
      one("Ready", ready),
    ],
    containerStatuses: statuses,
    hostIP: "10.0.0.1",
    podIP: addressOf(pod),
    podIPs: [{ ip: addressOf(pod) }],
    qosClass: "BestEffort",
    startTime: textAt(pod, "status", "startTime") ?? time,
  };
}

/** An address made from the uid: unlikely to be another pod's, and nothing listens there. */
function addressOf(pod: KubeObject): string {
  const uid = (textAt(pod, "metadata", "uid") ?? "0000").replaceAll("-", "");
  const [a, b] = [uid.slice(0, 2), uid.slice(2, 4)].map((digits) => Number.parseInt(digits, 16));
  return `10.244.${a}.${b}`;
}
