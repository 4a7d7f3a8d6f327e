import type { HubStore } from "../../hub/ports.ts";
import { createMemoryCollections } from "./memory-collection.ts";

/** A store in memory; one collection for each name. */
export function createMemoryStore(): HubStore {
  return {
    description: "memory",
    shared: true,
    collection: createMemoryCollections(),
    close: async () => undefined,
  };
}
