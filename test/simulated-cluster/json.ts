/** JSON values, never changed in place: whoever edits makes a copy of what it touches. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [field: string]: Json;
}

/** An object as it is stored. */
export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value at a path of fields, undefined where the path ends early. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let current = value;
  for (const field of path) {
    if (!isObject(current)) return undefined;
    current = current[field];
  }
  return current;
}

export function textAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** A scalar as text; "" for anything else. */
export function scalarText(value: Json | undefined): string {
  return value === undefined || value === null || typeof value === "object" ? "" : String(value);
}

export function numberAt(value: Json | undefined, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
}

export function listAt(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path);
  return isList(found) ? found : [];
}

export function objectAt(value: Json | undefined, ...path: readonly string[]): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

/** A copy with the value at the path set, or removed when `value` is undefined. */
export function withAt<T extends JsonObject>(object: T, path: readonly string[], value: Json | undefined): T {
  const [field, ...rest] = path;
  if (field === undefined) return object;
  const next = rest.length === 0 ? value : withAt(objectAt(object, field), rest, value);
  if (next === undefined) return without(object, field);
  return { ...object, [field]: next };
}

/** A copy without some fields. */
export function without<T extends JsonObject>(object: T, ...fields: readonly string[]): T {
  if (!fields.some((field) => field in object)) return object;
  const copy: Record<string, Json> = { ...object };
  for (const field of fields) delete copy[field];
  return copy as unknown as T;
}

/** Deep equality; the order of fields does not count. */
export function equal(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((value, index) => equal(value, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const fields = Object.keys(left);
  if (fields.length !== Object.keys(right).length) return false;
  return fields.every((field) => Object.hasOwn(right, field) && equal(left[field], right[field]));
}
