import { type AssignedObject, canonicalJson, refKey } from "../../common/domain/index.ts";
import type { ApplicationInventory, InventoryEntry, KeptPolicy } from "./entry.ts";

/**
 * old ∪ new: what is recorded before anything is written, so that whatever gets created can be found again. `objects` are
 * those about to be written: what they look like is unknown from now on, whatever happens to the one who writes. Returns
 * `old` itself when that changes nothing.
 */
export function withIntent(
  old: ApplicationInventory | undefined,
  objects: readonly AssignedObject[],
  policy: KeptPolicy,
): ApplicationInventory {
  const written = objects.filter(({ ref }) => old?.entries.get(refKey(ref))?.digest !== "");
  const kept = keptPolicy(policy);
  if (old !== undefined && written.length === 0 && canonicalJson(keptPolicy(old)) === canonicalJson(kept)) return old;
  const entries = new Map(old?.entries);
  for (const { ref, apiVersion } of written) {
    const before = old?.entries.get(refKey(ref));
    entries.set(refKey(ref), { ref, apiVersion, uid: before?.uid ?? "", digest: "", fieldsHash: "" });
  }
  return { ...kept, entries };
}

/** What of a policy outlives the application. */
export function keptPolicy({ prune, serviceAccount, deletion, maxDeletes }: KeptPolicy): KeptPolicy {
  return {
    prune,
    serviceAccount,
    ...(deletion === undefined ? {} : { deletion }),
    ...(maxDeletes === undefined ? {} : { maxDeletes }),
  };
}

/** old − new: owned, and wanted no more. */
export function staleEntries(
  old: ApplicationInventory | undefined,
  objects: readonly AssignedObject[],
): readonly InventoryEntry[] {
  if (old === undefined || old.entries.size === 0) return [];
  const wanted = new Set(objects.map((object) => refKey(object.ref)));
  return [...old.entries].filter(([key]) => !wanted.has(key)).map(([, entry]) => entry);
}
