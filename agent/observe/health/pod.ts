import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import {
  conditionOf,
  degraded,
  explain,
  fieldsOf,
  healthy,
  listOf,
  numberOf,
  progressing,
  statusOf,
  textOf,
  timeOf,
} from "./fields.ts";

/** A scheduler that scales nodes up needs a moment. */
const unschedulableGraceMs = 15_000;
/** Pulls fail for a moment when a registry or a pull secret comes up together with the pod. */
const startGraceMs = 60_000;

/** Reasons for which a container waits that do not pass by themselves. */
const startFailures = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "ErrImageNeverPull",
  "InvalidImageName",
  "ImageInspectError",
  "RegistryUnavailable",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);

export function assessPod(live: LiveObject, now: number): Health {
  const phase = textOf(statusOf(live)["phase"]);
  if (phase === "Succeeded") return healthy;
  if (phase === "Failed") return degraded(failureOf(live));
  const trouble = podTrouble(live, now);
  if (trouble !== undefined) return degraded(trouble);
  if (phase === "Running") {
    const ready = conditionOf(live, "Ready");
    if (ready?.status === "True") return healthy;
    return progressing(ready === undefined ? "not ready" : explain(ready, "not ready"));
  }
  const waiting = waitingContainers(live)[0];
  if (waiting !== undefined) return progressing(waiting.text);
  const scheduled = conditionOf(live, "PodScheduled");
  if (scheduled?.status === "False") return progressing(explain(scheduled, "not scheduled"));
  return phase === "Unknown" ? { state: "Unknown", message: "the node does not answer" } : progressing("pending");
}

/** What keeps a pod from running and will not pass by itself: "container web: ImagePullBackOff: …". */
export function podTrouble(live: LiveObject, now: number): string | undefined {
  const scheduled = conditionOf(live, "PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "Unschedulable") {
    if (now - (scheduled.since ?? now) > unschedulableGraceMs) return explain(scheduled, "Unschedulable");
  }
  const notReadySince = conditionOf(live, "Ready")?.since ?? timeOf(live.metadata["creationTimestamp"]) ?? now;
  for (const { reason, text } of waitingContainers(live)) {
    if (reason === "CrashLoopBackOff") return text;
    if (startFailures.has(reason) && now - notReadySince > startGraceMs) return text;
  }
  return undefined;
}

function waitingContainers(live: LiveObject): readonly { readonly reason: string; readonly text: string }[] {
  return containers(live).flatMap((container) => {
    const waiting = fieldsOf(fieldsOf(container["state"])["waiting"]);
    const reason = textOf(waiting["reason"]);
    if (reason === "") return [];
    const message = textOf(waiting["message"]);
    const detail = message === "" ? reason : `${reason}: ${message}`;
    return [{ reason, text: `container ${textOf(container["name"])}: ${detail}` }];
  });
}

function failureOf(live: LiveObject): string {
  for (const container of containers(live)) {
    const ended = fieldsOf(fieldsOf(container["state"])["terminated"]);
    const code = numberOf(ended["exitCode"]);
    if (code === 0) continue;
    return `container ${textOf(container["name"])}: ${textOf(ended["reason"]) || "Error"}: exit code ${code}`;
  }
  const status = statusOf(live);
  return [textOf(status["reason"]), textOf(status["message"])].filter((part) => part !== "").join(": ") || "failed";
}

function containers(live: LiveObject) {
  const status = statusOf(live);
  return [...listOf(status["initContainerStatuses"]), ...listOf(status["containerStatuses"])];
}
