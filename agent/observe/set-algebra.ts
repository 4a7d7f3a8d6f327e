import { descend, type FieldSet, isLeaf } from "./managed-set.ts";

/** All fields of both; undefined stands for none. A field with others below is one itself where "." says so. */
export function union(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (isLeaf(a) && isLeaf(b)) return a;
  const merged: Record<string, unknown> = { ...a, ...(isLeaf(a) || isLeaf(b) ? { ".": {} } : {}) };
  for (const key of Object.keys(b)) merged[key] = union(descend(a, key), descend(b, key));
  return merged;
}

/** The fields of `a` that are not fields of `b`; undefined when none is left. */
export function difference(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined {
  if (a === undefined || b === undefined) return a;
  const isInBoth = isLeaf(b) || "." in b;
  if (isLeaf(a)) return isInBoth ? undefined : a;
  const left = Object.keys(a).flatMap((key) => {
    const rest = key === "." && isInBoth ? undefined : difference(descend(a, key), descend(b, key));
    return rest === undefined ? [] : [[key, rest] as const];
  });
  return left.length === 0 ? undefined : Object.fromEntries(left);
}
