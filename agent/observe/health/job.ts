import type { Health, Manifest } from "../../../common/domain/index.ts";
import { groupOf } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import {
  conditionOf,
  degraded,
  explain,
  fieldsOf,
  healthy,
  numberOf,
  progressing,
  specOf,
  statusOf,
  suspended,
} from "./fields.ts";

/** A running Job is Progressing, because what waits for a Job waits for its end. */
export function assessJob(live: LiveObject): Health {
  const failed = conditionOf(live, "Failed");
  if (failed?.status === "True") return degraded(explain(failed, "failed"));
  if (conditionOf(live, "Complete")?.status === "True") return healthy;
  const spec = specOf(live);
  if (spec["suspend"] === true || conditionOf(live, "Suspended")?.status === "True") return suspended("suspended");
  const failing = conditionOf(live, "FailureTarget");
  if (failing?.status === "True") return degraded(explain(failing, "failing"));
  const status = statusOf(live);
  if (status["startTime"] === undefined) return progressing("not started");
  const succeeded = numberOf(status["succeeded"]);
  const retries = numberOf(status["failed"]);
  const done = `${succeeded} of ${numberOf(spec["completions"], 1)} completions`;
  return progressing(
    `running: ${done}, ${numberOf(status["active"])} active${retries === 0 ? "" : `, ${retries} failed`}`,
  );
}

/** A finished Job that its time to live removed is done, not missing: nothing is to be created again. */
export function isDoneWhenGone(desired: Manifest): boolean {
  return (
    desired.kind === "Job" &&
    groupOf(desired.apiVersion) === "batch" &&
    fieldsOf(desired["spec"])["ttlSecondsAfterFinished"] !== undefined
  );
}
