import { groupOf, type Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { healthy } from "./fields.ts";
import { generalObjection, readyObjection } from "./generic.ts";
import { assessors, statusless } from "./kinds.ts";
import { podTrouble } from "./pod.ts";

/**
 * How well an object does, from its own status. Order: being deleted, status of an older spec, Reconciling, Stalled, the
 * kind's own rule or else its Ready condition; whatever says nothing is Healthy. Pure: graces and deadlines run out with
 * `now` (milliseconds since 1970), so what is Progressing is to be assessed again after a while even when no event came.
 *
 * `pods` are the workload's own, where the caller has them: they name the container that fails, and tell a StatefulSet
 * that crash-loops from one that is slow.
 */
export function assess(live: LiveObject, now: number, pods: readonly LiveObject[] = []): Health {
  const objection = generalObjection(live);
  if (objection !== undefined) return objection;
  const kind = `${groupOf(live.apiVersion)}/${live.kind}`;
  if (statusless.has(kind)) return healthy;
  const assessor = assessors.get(kind);
  if (assessor === undefined) return readyObjection(live) ?? healthy;
  const health = assessor(live, now, pods);
  if (health.state !== "Progressing" && health.state !== "Degraded") return health;
  const trouble = pods.map((pod) => podTrouble(pod, now)).find((found) => found !== undefined);
  return trouble === undefined ? health : { ...health, message: `${health.message}: ${trouble}` };
}

/** False: the metadata of objects of this kind is all that `assess` looks at. */
export function needsStatus(group: string, kind: string): boolean {
  return !statusless.has(`${group}/${kind}`);
}
