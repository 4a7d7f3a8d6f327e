import { groupOf, type Health, type ObjectRef } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { healthy } from "./fields.ts";
import { generalObjection, readyObjection } from "./generic.ts";
import { assessors, statusless } from "./kinds.ts";
import { isWorkload, workloadTrouble } from "./workload-pods.ts";

/**
 * How well an object does, from its own status. Order: being deleted, status of an older spec, Reconciling, Stalled, the
 * kind's own rule or else its Ready condition; whatever says nothing is Healthy. Pure: graces and deadlines run out with
 * `now` (milliseconds since 1970), so what is Progressing is to be assessed again after a while even when no event came.
 *
 * `pods` are the workload's own, where the caller has them: they name the container that fails, and degrade the workload
 * before its own deadline once it is plain that the container will not start.
 */
export function assess(live: LiveObject, now: number, pods: readonly LiveObject[] = []): Health {
  const objection = generalObjection(live);
  if (objection !== undefined) return objection;
  const kind = `${groupOf(live.apiVersion)}/${live.kind}`;
  if (statusless.has(kind)) return healthy;
  const assessor = assessors.get(kind);
  if (assessor === undefined) return readyObjection(live) ?? healthy;
  const health = assessor(live, now);
  if (health.state !== "Progressing" && health.state !== "Degraded") return health;
  const trouble = workloadTrouble(live, now, pods);
  if (trouble === undefined) return health;
  return { state: trouble.isStuck ? "Degraded" : health.state, message: `${health.message}: ${trouble.text}` };
}

/** Whether what is not well yet may be judged otherwise later although nothing about it changed. */
export function changesWithTime(ref: Pick<ObjectRef, "group" | "kind">): boolean {
  return isWorkload(ref) || (ref.group === "" && ref.kind === "Pod");
}

/** False: the metadata of objects of this kind is all that `assess` looks at. */
export function needsStatus(group: string, kind: string): boolean {
  return !statusless.has(`${group}/${kind}`);
}
