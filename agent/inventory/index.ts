export {
  decodeParts,
  encodeParts,
  type Placement,
  partName,
  placementKey,
} from "./codec.ts";
export type { ApplicationInventory, Inventory, InventoryEntry } from "./entry.ts";
export { place } from "./placement.ts";
export { staleEntries, withIntent } from "./sets.ts";
