import { canonicalJson, digestOf, fieldManager } from "../../common/domain/index.ts";
import type { LiveObject, ManagedFieldsEntry } from "../ports.ts";

/** Our own entry among the managers of an object. */
export function ownFields(live: LiveObject): ManagedFieldsEntry | undefined {
  return live.metadata.managedFields?.find(isOwn);
}

export function isOwn(entry: ManagedFieldsEntry): boolean {
  return entry.manager === fieldManager && entry.operation === "Apply" && (entry.subresource ?? "") === "";
}

/**
 * Stands for the set of fields that are ours: it changes exactly when somebody takes, changes or removes one of them, and
 * never because of defaults, status or fields of others. Empty when nothing is ours.
 */
export function fieldsHash(live: LiveObject): string {
  const own = ownFields(live);
  return own === undefined ? "" : digestOf(canonicalJson(own.fieldsV1 ?? {})).slice(0, 32);
}
