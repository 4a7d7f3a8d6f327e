import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import {
  degraded,
  fieldsOf,
  healthy,
  numberOf,
  type Objection,
  ofTotal,
  progressing,
  specOf,
  statusOf,
  textOf,
} from "./fields.ts";
import { statusWrittenAt } from "./written.ts";

/** A Deployment's default progress deadline: a StatefulSet has none of its own and would wait for ever. */
const deadlineMs = 600_000;

export function assessStatefulSet(live: LiveObject, now: number): Health {
  const objection = objectionOf(live);
  if (objection === undefined) return healthy;
  const idleMs = now - (statusWrittenAt(live) ?? now);
  if (idleMs > deadlineMs) {
    return degraded(`${objection.message}, no progress for ${Math.floor(idleMs / 60_000)} minutes`);
  }
  return objection;
}

function objectionOf(live: LiveObject): Objection {
  const spec = specOf(live);
  const status = statusOf(live);
  const strategy = fieldsOf(spec["updateStrategy"]);
  const desired = numberOf(spec["replicas"], 1);
  const replicas = numberOf(status["replicas"]);
  const ready = numberOf(status["readyReplicas"]);
  const updated = numberOf(status["updatedReplicas"]);
  if (replicas < desired) return progressing(ofTotal(replicas, desired, "replica", "created"));
  if (ready < desired) return progressing(ofTotal(ready, desired, "replica", "ready"));
  if (replicas > desired) return progressing(`${replicas - desired} replicas are to be removed`);
  // With OnDelete people decide when a pod takes the new revision: what runs is what was asked for.
  if (strategy["type"] === "OnDelete") return undefined;
  const partition = numberOf(fieldsOf(strategy["rollingUpdate"])["partition"]);
  if (partition > 0) {
    const due = Math.max(0, desired - partition);
    return updated < due
      ? progressing(`${ofTotal(updated, due, "replica", "updated")} (partition ${partition})`)
      : undefined;
  }
  const current = numberOf(status["currentReplicas"]);
  const sameRevision = status["currentRevision"] === status["updateRevision"];
  if (!sameRevision) {
    return progressing(ofTotal(updated, desired, "replica", `updated to revision ${textOf(status["updateRevision"])}`));
  }
  if (current < desired) return progressing(ofTotal(current, desired, "replica", "current"));
  return undefined;
}
