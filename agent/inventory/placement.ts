import { type Placement, placementKey } from "./codec.ts";
import type { Inventory, InventoryEntry } from "./entry.ts";

/**
 * Gives every entry a part of at most `limit` characters and leaves entries where they are: a change rewrites only the
 * parts that it touches, and no entry is ever between two parts.
 */
export function place(inventory: Inventory, old: Placement, limit: number): Placement {
  const sizes: number[] = [];
  const placement = new Map<string, number>();
  const homeless: [string, number][] = [];
  for (const [application, { entries }] of inventory) {
    for (const [key, entry] of entries) {
      const id = placementKey(application, key);
      const part = old.get(id);
      const size = sizeOf(entry) + application.length;
      if (part === undefined) homeless.push([id, size]);
      else {
        placement.set(id, part);
        sizes[part] = (sizes[part] ?? 0) + size;
      }
    }
  }
  let part = 0;
  for (const [id, size] of homeless) {
    while ((sizes[part] ?? 0) > 0 && (sizes[part] ?? 0) + size > limit) part++;
    placement.set(id, part);
    sizes[part] = (sizes[part] ?? 0) + size;
  }
  return placement;
}

/** Upper bound in characters once uid (36), digest (64) and fieldsHash (64) are known. */
function sizeOf({ ref, apiVersion }: InventoryEntry): number {
  return ref.group.length + ref.kind.length + ref.namespace.length + ref.name.length + apiVersion.length + 164 + 26;
}
