import {
  type ApplyPolicy,
  type AssignedObject,
  type DriftRule,
  displayRef,
  type Manifest,
} from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import { type Takeover, takeover } from "../apply/index.ts";
import type { InventoryEntry } from "../inventory/index.ts";
import type { Treatment } from "../plan/index.ts";
import type { LiveObject } from "../ports.ts";
import { type Context, entryOf, rulesOf, treatmentFor } from "./context.ts";
import { rescue } from "./rescue.ts";
import type { ObjectState } from "./state.ts";

/** Somebody else may be faster, but not for ever. */
const maxAttempts = 5;

/**
 * Makes ours what other deployers say about an object: when it becomes ours, or its content changes. `live` is the answer to
 * applying `applied`. Costs nothing where nobody else said anything. Interrupted anywhere, the next write goes on with it.
 */
export async function takeOver(
  context: Context,
  object: ObjectState,
  applied: Manifest,
  live: LiveObject,
): Promise<LiveObject> {
  let current = live;
  for (let attempt = 1; ; attempt++) {
    const taken = takeoverOf(context, object, current);
    if (taken === undefined) return current;
    try {
      current = await context.writer(object.application).setManagers(object.ref, current, taken.managers);
      const { environment, log } = context;
      const { application, ref } = object;
      log.info({ environment, application, object: displayRef(ref), from: taken.takenFrom }, "took over fields");
      if (!taken.gains) return current;
      const { apply } = context.writer(application);
      return await apply(applied, ref).catch((thrown: unknown) => rescue(context, object, applied, thrown));
    } catch (thrown) {
      if (toAppError(thrown).code !== "ABORTED" || attempt === maxAttempts) throw thrown;
      const changed = await context.writer(object.application).get(object.assigned.apiVersion, object.ref);
      if (changed === undefined) throw thrown;
      current = changed;
    }
  }
}

function takeoverOf(context: Context, object: ObjectState, live: LiveObject): Takeover | undefined {
  return takeoverDue(live, {
    assigned: object.assigned,
    entry: entryOf(context, object),
    treatment: treatmentFor(context, object),
    patterns: context.index().bodies.get(object.application)?.policy.apply.takeover,
    rules: rulesOf(context, object),
  });
}

export interface TakeoverCase {
  readonly assigned: AssignedObject;
  readonly entry: InventoryEntry | undefined;
  readonly treatment: Treatment;
  readonly patterns: ApplyPolicy["takeover"] | undefined;
  readonly rules: readonly DriftRule[];
}

/** What is to be taken over of an object as it is once its content was applied; undefined: nothing. */
export function takeoverDue(live: LiveObject, about: TakeoverCase): Takeover | undefined {
  const { assigned, entry, treatment, patterns = [], rules } = about;
  const isAdoption = entry?.uid !== live.metadata.uid;
  // What was drift and is put right again stays the other one's doing.
  if (!isAdoption && entry.digest === assigned.digest) return undefined;
  if (treatment.mode === "merge") return undefined;
  return takeover(live, { isAdoption, patterns, rules, sharedOnly: treatment.adopt === "identical" });
}
