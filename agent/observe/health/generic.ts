import type { LiveObject } from "../../ports.ts";
import { conditionOf, degraded, explain, numberOf, type Objection, progressing, statusOf } from "./fields.ts";

/** What holds for every object, however its health is told: its status says nothing yet about what it is to be. */
export function staleObjection(live: LiveObject): Objection {
  if (live.metadata.deletionTimestamp !== undefined) return progressing("being deleted");
  const observed = observedGeneration(live);
  if (observed !== undefined && live.metadata.generation !== undefined && observed !== live.metadata.generation) {
    return progressing(`status is of generation ${observed}, the object is at generation ${live.metadata.generation}`);
  }
  return undefined;
}

/** Argo Rollouts write it as text, which once was a hash: what no generation can be yet is none. */
function observedGeneration(live: LiveObject): number | undefined {
  const { observedGeneration: observed } = statusOf(live);
  if (typeof observed !== "string") return observed === undefined ? undefined : numberOf(observed);
  const { generation } = live.metadata;
  return /^\d+$/.test(observed) && Number(observed) <= (generation ?? 0) ? Number(observed) : undefined;
}

/** What holds for every kind, before its own rule is asked: being deleted, status of an older spec, kstatus' conditions. */
export function generalObjection(live: LiveObject): Objection {
  const stale = staleObjection(live);
  if (stale !== undefined) return stale;
  const reconciling = conditionOf(live, "Reconciling");
  if (reconciling?.status === "True") return progressing(explain(reconciling, "reconciling"));
  const stalled = conditionOf(live, "Stalled");
  if (stalled?.status === "True") return degraded(explain(stalled, "stalled"));
  return undefined;
}

/** For a kind without a rule of its own: its Ready condition, where it has one. */
export function readyObjection(live: LiveObject): Objection {
  const ready = conditionOf(live, "Ready");
  if (ready === undefined || ready.status === "True") return undefined;
  return progressing(explain(ready, `condition Ready is ${ready.status === "" ? "Unknown" : ready.status}`));
}
