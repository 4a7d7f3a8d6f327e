import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { conditionOf, degraded, explain, healthy, numberOf, ofTotal, progressing, specOf, statusOf } from "./fields.ts";

/** Also a ReplicationController, which has the same status. */
export function assessReplicaSet(live: LiveObject): Health {
  const failure = conditionOf(live, "ReplicaFailure");
  if (failure?.status === "True") return degraded(explain(failure, "ReplicaFailure"));
  const status = statusOf(live);
  const desired = numberOf(specOf(live)["replicas"], 1);
  const replicas = numberOf(status["replicas"]);
  const labelled = numberOf(status["fullyLabeledReplicas"]);
  const available = numberOf(status["availableReplicas"]);
  const ready = numberOf(status["readyReplicas"]);
  if (labelled < desired) return progressing(ofTotal(labelled, desired, "replica", "labelled"));
  if (available < desired) return progressing(ofTotal(available, desired, "replica", "available"));
  if (ready < desired) return progressing(ofTotal(ready, desired, "replica", "ready"));
  if (replicas > desired) return progressing(`${replicas - desired} replicas are to be removed`);
  return healthy;
}
