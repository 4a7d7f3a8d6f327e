import { type AssignedObject, refKey } from "../../common/domain/index.ts";
import type { ApplicationInventory, InventoryEntry } from "./entry.ts";

/**
 * old ∪ new: what is recorded before anything is written, so that whatever gets created can be found again. Entries that
 * are there stay as they are. Returns `old` itself when there is nothing to add.
 */
export function withIntent(
  old: ApplicationInventory | undefined,
  objects: readonly AssignedObject[],
  prune: boolean,
): ApplicationInventory {
  const missing = objects.filter((object) => old?.entries.has(refKey(object.ref)) !== true);
  if (old !== undefined && missing.length === 0 && old.prune === prune) return old;
  const entries = new Map(old?.entries);
  for (const { ref, apiVersion } of missing) {
    entries.set(refKey(ref), { ref, apiVersion, uid: "", digest: "", fieldsHash: "" });
  }
  return { prune, entries };
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
