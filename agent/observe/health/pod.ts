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
/** Kubernetes waits 10, 20 and 40 seconds before these: whatever the container waited for would be there by now. */
const crashesToBeStuck = 3;

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
  if (trouble?.isStuck === true || trouble?.isCrash === true) return degraded(trouble.text);
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

export interface PodTrouble {
  /** "container web: ImagePullBackOff: …" */
  readonly text: string;
  /** It lasts for longer than its grace: it will not pass by itself. */
  readonly isStuck: boolean;
  readonly isCrash: boolean;
}

/** What keeps a pod from running. */
export function podTrouble(live: LiveObject, now: number): PodTrouble | undefined {
  const scheduled = conditionOf(live, "PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "Unschedulable") {
    const isStuck = now - (scheduled.since ?? now) > unschedulableGraceMs;
    return { text: explain(scheduled, "Unschedulable"), isStuck, isCrash: false };
  }
  const notReadySince = conditionOf(live, "Ready")?.since ?? timeOf(live.metadata["creationTimestamp"]) ?? now;
  const isOverGrace = now - notReadySince > startGraceMs;
  for (const { reason, restarts, text } of waitingContainers(live)) {
    const isCrash = reason === "CrashLoopBackOff";
    // A container without a readiness probe is ready for a moment whenever it starts: then only its restarts tell.
    if (isCrash) return { text, isStuck: isOverGrace || restarts >= crashesToBeStuck, isCrash };
    if (startFailures.has(reason)) return { text, isStuck: isOverGrace, isCrash };
  }
  return undefined;
}

interface WaitingContainer {
  readonly reason: string;
  readonly restarts: number;
  readonly text: string;
}

function waitingContainers(live: LiveObject): readonly WaitingContainer[] {
  return containers(live).flatMap((container) => {
    const waiting = fieldsOf(fieldsOf(container["state"])["waiting"]);
    const reason = textOf(waiting["reason"]);
    if (reason === "") return [];
    const message = textOf(waiting["message"]);
    const detail = message === "" ? reason : `${reason}: ${message}`;
    const restarts = numberOf(container["restartCount"]);
    return [{ reason, restarts, text: `container ${textOf(container["name"])}: ${detail}` }];
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
