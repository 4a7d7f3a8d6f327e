import { refKey } from "../../common/domain/index.ts";
import type { InventoryEntry } from "../inventory/index.ts";
import type { Observed } from "../observe/index.ts";
import type { Context } from "./context.ts";
import { createApplicationState } from "./state.ts";

/**
 * Takes objects into the inventory that are ours by their labels and by our hand in their fields, that nothing wants, and that
 * the inventory does not know because it was damaged. They go only when somebody says so. Gives back whose they are.
 */
export function recoverLost(context: Context): ReadonlySet<string> {
  const found = new Map<string, Observed[]>();
  if (!context.store.isDoubtful()) return new Set();
  for (const observed of context.observer.all()) {
    if (!isLost(context, observed)) continue;
    const list = found.get(observed.application);
    if (list === undefined) found.set(observed.application, [observed]);
    else list.push(observed);
  }
  for (const [application, objects] of found) {
    const owned = context.store.inventory().get(application);
    const policy = owned ?? context.index().bodies.get(application)?.policy ?? { prune: true, serviceAccount: "" };
    const entries = new Map(owned?.entries);
    for (const observed of objects) {
      const apiVersion = context.observer.apiVersionOf(observed.ref);
      if (apiVersion !== undefined) entries.set(refKey(observed.ref), entryOf(observed, apiVersion));
    }
    context.store.replace(application, { ...policy, entries });
    if (!context.applications.has(application)) {
      context.applications.set(application, createApplicationState(application));
    }
    context.log.warn(
      { environment: context.environment, application, objects: objects.length },
      "Found objects that the inventory had lost",
    );
  }
  noteRecovered(context);
  return new Set(found.keys());
}

/** Of an object of which nothing is known but that it is there. */
function entryOf({ ref, uid }: Observed, apiVersion: string): InventoryEntry {
  return { ref, apiVersion, uid, digest: "", fieldsHash: "", standing: "recovered" };
}

function isLost(context: Context, { ref, environment, application, fieldsHash, deletion }: Observed): boolean {
  // Controllers copy labels to what they make; our hand in its fields they do not.
  if (environment !== context.environment || application === "" || fieldsHash === "" || deletion !== undefined) {
    return false;
  }
  const key = refKey(ref);
  const isKnown = context.store.inventory().get(application)?.entries.has(key) === true;
  const isMade = context.hooks.record(application)?.made[key] !== undefined;
  return !isKnown && !isMade && context.index().claimants(key).length === 0;
}

/** Once every kind that was ever owned was looked through, there is no more to find. */
function noteRecovered({ store, observer }: Context): void {
  if (observer.isSettled() && [...store.lostKinds().keys()].every((kind) => observer.isSettled(kind)))
    store.recovered();
}
