import type { Digest, ObjectRef } from "../../common/domain/index.ts";

/** One object that an application owns in this cluster. */
export interface InventoryEntry {
  readonly ref: ObjectRef;
  /** Version the object was last written in. */
  readonly apiVersion: string;
  /** Empty until the first write was answered. */
  readonly uid: string;
  /** Of the content last written; empty until the first write was answered, or when its outcome is unknown. */
  readonly digest: Digest;
  /** Of the fields that were ours after that write. */
  readonly fieldsHash: string;
}

/** What one application owns, by refKey. */
export interface ApplicationInventory {
  /** Its policy when it was last assigned: what an application that vanished allows. */
  readonly prune: boolean;
  readonly entries: ReadonlyMap<string, InventoryEntry>;
}

/** What one environment owns, by application. */
export type Inventory = ReadonlyMap<string, ApplicationInventory>;
