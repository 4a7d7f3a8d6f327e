import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import {
  conditionOf,
  degraded,
  explain,
  healthy,
  numberOf,
  ofTotal,
  progressing,
  specOf,
  statusOf,
  suspended,
} from "./fields.ts";

/** What Kubernetes stores for "no deadline". */
const noDeadline = 2_147_483_647;
/** A quota is full for a moment while old pods go and new ones come. */
const failureGraceMs = 60_000;

export function assessDeployment(live: LiveObject, now: number): Health {
  const spec = specOf(live);
  const status = statusOf(live);
  if (spec["paused"] === true) return suspended("paused");

  const progress = conditionOf(live, "Progressing");
  if (progress?.reason === "ProgressDeadlineExceeded") return degraded(explain(progress, ""));

  const desired = numberOf(spec["replicas"], 1);
  const replicas = numberOf(status["replicas"]);
  const updated = numberOf(status["updatedReplicas"]);
  const available = numberOf(status["availableReplicas"]);
  const ready = numberOf(status["readyReplicas"]);
  const failure = conditionOf(live, "ReplicaFailure");
  const isFailing = failure?.status === "True";
  const why = isFailing ? ` (${explain(failure, "ReplicaFailure")})` : "";
  const lacking = isFailing && now - (failure.since ?? now) > failureGraceMs ? degraded : progressing;
  if (replicas < desired) return lacking(ofTotal(replicas, desired, "replica", "created") + why);
  if (updated < desired) return lacking(ofTotal(updated, desired, "replica", "updated") + why);
  if (replicas > desired) return progressing(`${replicas - desired} old replicas are to be removed`);
  if (available < updated) return lacking(ofTotal(available, updated, "replica", "available") + why);
  if (ready < desired) return lacking(ofTotal(ready, desired, "replica", "ready") + why);

  const deadline = numberOf(spec["progressDeadlineSeconds"], noDeadline);
  if (deadline !== noDeadline && progress?.reason !== "NewReplicaSetAvailable") {
    return progressing(
      progress === undefined ? "no progress reported yet" : explain(progress, "rollout has not ended yet"),
    );
  }
  const availability = conditionOf(live, "Available");
  if (availability?.status !== "True") {
    return progressing(availability === undefined ? "not available yet" : explain(availability, "not available"));
  }
  return healthy;
}
