export {
  decodeParts,
  encodeParts,
  type Placement,
  partName,
  placementKey,
} from "./codec.ts";
export {
  type ApplicationInventory,
  type Inventory,
  type InventoryEntry,
  isAsLeft,
  type KeptPolicy,
  leftAs,
  standings,
} from "./entry.ts";
export { decodeIndex, encodeIndex, noIndex } from "./parts-index.ts";
export { place } from "./placement.ts";
export { staleEntries, withIntent } from "./sets.ts";
