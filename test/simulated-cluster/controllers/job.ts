import { type Json, numberAt, objectAt, textAt } from "../json.ts";
import { builtInKind } from "../kinds.ts";
import type { ObjectKey } from "../store.ts";
import { type ControllerContext, conditionOf, isGoing, podKind } from "./context.ts";
import { isReady, phaseOf, podFrom } from "./pod-template.ts";

const jobKind = builtInKind("batch/v1", "Job");

/** Runs pods until enough succeeded or more failed than allowed. */
export function reconcileJob(context: ControllerContext, key: ObjectKey): void {
  const job = context.get(key);
  if (job === undefined || isGoing(job)) return;
  if (conditionOf(job, "Complete") !== undefined || conditionOf(job, "Failed") !== undefined)
    return expire(context, key);
  const suspended = objectAt(job, "spec")["suspend"] === true;
  const completions = numberAt(job, "spec", "completions") ?? 1;
  const pods = () => context.owned(job, podKind).filter((pod) => !isGoing(pod));
  const inPhase = (...phases: string[]) => pods().filter((pod) => phases.includes(phaseOf(pod)));
  const succeeded = inPhase("Succeeded").length;
  const failed = inPhase("Failed").length;
  const exhausted = failed > (numberAt(job, "spec", "backoffLimit") ?? 6);
  const done = succeeded >= completions;
  const running = inPhase("Pending", "Running");
  if (suspended || exhausted) for (const pod of running) context.remove(podKind, pod);
  const wanted = Math.min(numberAt(job, "spec", "parallelism") ?? 1, completions - succeeded);
  if (!suspended && !exhausted && !done) {
    for (let missing = wanted - running.length; missing > 0; missing--)
      context.create(podKind, key.namespace, podFrom(job, {}));
  }
  const active = inPhase("Pending", "Running");
  const time = context.time();
  const startTime = textAt(job, "status", "startTime") ?? time;
  context.setStatus(jobKind, job, {
    ...(suspended ? {} : { startTime }),
    ...(active.length === 0 ? {} : { active: active.length }),
    ready: active.filter(isReady).length,
    terminating: 0,
    uncountedTerminatedPods: {},
    ...(succeeded === 0 ? {} : { succeeded }),
    ...(failed === 0 ? {} : { failed }),
    ...(done ? { completionTime: time } : {}),
    ...conditionsOf({ suspended, done, exhausted, time, former: conditionOf(job, "Suspended") }),
  });
}

interface Outcome {
  readonly suspended: boolean;
  readonly done: boolean;
  readonly exhausted: boolean;
  readonly time: string;
  readonly former: Json | undefined;
}

function conditionsOf({ suspended, done, exhausted, time, former }: Outcome): { conditions?: Json[] } {
  const state = (type: string, reason: string, message: string): Json => ({
    type,
    status: "True",
    reason,
    message,
    lastProbeTime: time,
    lastTransitionTime: time,
  });
  if (done) {
    const message = "Reached expected number of succeeded pods";
    return {
      conditions: [
        state("SuccessCriteriaMet", "CompletionsReached", message),
        state("Complete", "CompletionsReached", message),
      ],
    };
  }
  if (exhausted) {
    const message = "Job has reached the specified backoff limit";
    return {
      conditions: [
        state("FailureTarget", "BackoffLimitExceeded", message),
        state("Failed", "BackoffLimitExceeded", message),
      ],
    };
  }
  return suspended ? { conditions: [former ?? state("Suspended", "JobSuspended", "Job suspended")] } : {};
}

/** Removes a finished Job when its time to live is over. */
function expire(context: ControllerContext, key: ObjectKey): void {
  const job = context.get(key);
  const seconds = numberAt(job, "spec", "ttlSecondsAfterFinished");
  if (job === undefined || seconds === undefined) return;
  const ended = conditionOf(job, "Complete") ?? conditionOf(job, "Failed");
  const left = Date.parse(textAt(ended, "lastTransitionTime") ?? "") + seconds * 1000 - context.clock.now();
  if (left > 0) return context.after(left, () => expire(context, key));
  context.remove(jobKind, job);
}
