export { partsAfterTakeover } from "./after-takeover.ts";
export { concurrently, untilAborted } from "./concurrently.ts";
export { differences } from "./differences.ts";
export { isImmutableChange, probeOf } from "./immutable.ts";
export { createInventoryStore, type InventoryStore } from "./inventory-store.ts";
export { createLimiter } from "./limiter.ts";
export { createObjectWriter, type ObjectWriter, type Seen, type WriterScope } from "./objects.ts";
export { ownedManifest } from "./owned-manifest.ts";
export { type Takeover, takeover } from "./takeover.ts";
