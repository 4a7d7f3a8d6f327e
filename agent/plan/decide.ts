import { type AssignedObject, type DriftRule, refKey } from "../../common/domain/index.ts";
import { type InventoryEntry, isAsLeft } from "../inventory/index.ts";
import type { LiveFacts, LiveView } from "./live.ts";

/** Who wants an object. */
export interface Claim {
  readonly environment: string;
  readonly application: string;
}

export type ApplyReason = "new" | "changed" | "missing" | "drifted";

/**
 * Why an object is to be written; undefined when it is as it should be. "missing" and "drifted" are somebody else's doing:
 * the drift mode says what happens then.
 */
export function applyReason(
  { environment, application }: Claim,
  object: AssignedObject,
  entry: InventoryEntry | undefined,
  live: LiveView,
  driftIgnore: readonly DriftRule[],
): ApplyReason | undefined {
  if (entry === undefined || entry.digest === "") return "new";
  if (entry.digest !== object.digest) return "changed";
  const facts = live.get(refKey(object.ref));
  if (facts === undefined) return live.knows(object.ref) ? "missing" : undefined;
  if (!isAsLeft(entry, facts.fieldsHash, driftIgnore)) return "drifted";
  // Its fields are as we left them, but we left them so for another application, with other values perhaps.
  const isOurs = facts.environment === environment && facts.application === application;
  return isOurs ? undefined : "changed";
}

/**
 * Why an application may not write an object: it belongs to another one. `claimants` are the applications of this
 * environment that have it in their desired state, in order; an application that has it no more gives it up.
 */
export function refusal(claim: Claim, facts: LiveFacts | undefined, claimants: readonly string[]): string | undefined {
  const { environment, application } = claim;
  const owned = facts !== undefined && facts.application !== "";
  if (owned && facts.environment !== environment) {
    return `Belongs to application "${facts.application}" of environment "${facts.environment}", not to "${application}" of "${environment}"`;
  }
  const owner = owned && claimants.includes(facts.application) ? facts.application : claimants[0];
  if (owner === undefined || owner === application) return undefined;
  return `Belongs to application "${owner}", but application "${application}" has it too`;
}
