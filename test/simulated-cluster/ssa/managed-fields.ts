import { type Json, type JsonObject, listAt, textAt, withAt } from "../json.ts";
import { decodeFields, encodeFields, type FieldSet } from "./field-set.ts";

/** One entry of metadata.managedFields with its set decoded. */
export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Fields by which two entries are one manager's: an applier stays itself across API versions. */
export function sameManager(left: Manager, right: Omit<Manager, "fields" | "time">): boolean {
  return (
    left.name === right.name &&
    left.operation === right.operation &&
    left.subresource === right.subresource &&
    (left.operation === "Apply" || left.apiVersion === right.apiVersion)
  );
}

export function managersOf(object: JsonObject): Manager[] {
  return listAt(object, "metadata", "managedFields").map((entry) => ({
    name: textAt(entry, "manager") ?? "",
    operation: textAt(entry, "operation") === "Apply" ? "Apply" : "Update",
    apiVersion: textAt(entry, "apiVersion") ?? "",
    subresource: textAt(entry, "subresource"),
    time: textAt(entry, "time"),
    fields: decodeFields((entry as JsonObject)["fieldsV1"]),
  }));
}

/** Order of the entries: 1. operation, 2. time, 3. manager, 4. API version, 5. subresource. */
function byOrder(left: Manager, right: Manager): number {
  const compare = (a = "", b = "") => (a < b ? -1 : a > b ? 1 : 0);
  return (
    compare(left.operation, right.operation) ||
    compare(left.time, right.time) ||
    compare(left.name, right.name) ||
    compare(left.apiVersion, right.apiVersion) ||
    compare(left.subresource, right.subresource)
  );
}

export function withManagers<T extends JsonObject>(object: T, managers: readonly Manager[]): T {
  const entries = [...managers].sort(byOrder).map(
    ({ name, operation, apiVersion, subresource, time, fields }): Json => ({
      manager: name,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: "FieldsV1",
      fieldsV1: encodeFields(fields),
      ...(subresource === undefined ? {} : { subresource }),
    }),
  );
  return withAt(object, ["metadata", "managedFields"], entries.length === 0 ? undefined : entries);
}
