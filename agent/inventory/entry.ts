import {
  type ApplicationPolicy,
  type Digest,
  type DriftRule,
  type ObjectRef,
  rulesFor,
  rulesKey,
} from "../../common/domain/index.ts";

/** One object that an application owns in this cluster. */
export interface InventoryEntry {
  readonly ref: ObjectRef;
  /** Version the object was last written in. */
  readonly apiVersion: string;
  /** Empty until the first write was answered. */
  readonly uid: string;
  /** Of the content last written; empty until the first write was answered, or when its outcome is unknown. */
  readonly digest: Digest;
  /** Of the fields that were ours when it was last found to be as it should, by `leftAs`. */
  readonly fieldsHash: string;
  readonly standing?: Standing;
}

/**
 * What is special about the end of an object that nothing wants. "confirmed": somebody said that it may go. "recovered": it
 * was lost from the inventory and found by its labels, which say less, so it goes only when somebody says so.
 */
export const standings = ["confirmed", "recovered"] as const;
export type Standing = (typeof standings)[number];

/** What `fieldsHash` is to be remembered as: with drift rules, what was left to others is right only under the same rules. */
export function leftAs(fieldsHash: string, rules: readonly DriftRule[]): string {
  return rules.length === 0 ? fieldsHash : `${fieldsHash}+${rulesKey(rules)}`;
}

/** Whether an object with these fields of ours is as it was left. */
export function isAsLeft(entry: InventoryEntry, fieldsHash: string, driftIgnore: readonly DriftRule[]): boolean {
  if (entry.fieldsHash === fieldsHash) return true;
  return entry.fieldsHash.includes("+") && entry.fieldsHash === leftAs(fieldsHash, rulesFor(driftIgnore, entry.ref));
}

/** Its policy when it was last assigned: what an application that vanished allows. */
export type KeptPolicy = Pick<ApplicationPolicy, "prune" | "serviceAccount" | "deletion" | "maxDeletes">;

/** What one application owns, by refKey. */
export interface ApplicationInventory extends KeptPolicy {
  readonly entries: ReadonlyMap<string, InventoryEntry>;
}

/** What one environment owns, by application. */
export type Inventory = ReadonlyMap<string, ApplicationInventory>;
