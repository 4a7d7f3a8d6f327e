import { canonicalJson, type DriftField } from "../../common/domain/index.ts";
import type { ManagedFieldsEntry } from "../ports.ts";

/** Part of a fieldsV1 tree: keys "f:name", "k:{…}", "v:…", "i:n" and "."; a leaf is {}. */
export type FieldSet = Readonly<Record<string, unknown>>;

/** Somebody's part of the tree at the place that is looked at. */
export interface Owned {
  readonly manager: string;
  /** ISO 8601; empty when the API server does not say. */
  readonly at: string;
  /** "Apply", "Update", "Update scale". */
  readonly operation: string;
  readonly set: FieldSet;
}

export function ownedBy({ manager = "", operation = "Update", subresource = "", ...entry }: ManagedFieldsEntry): Owned {
  return {
    manager,
    at: entry.time ?? "",
    operation: subresource === "" ? operation : `${operation} ${subresource}`,
    set: entry.fieldsV1 ?? {},
  };
}

export function descend(set: FieldSet | undefined, key: string): FieldSet | undefined {
  const child = set?.[key];
  return child !== null && typeof child === "object" ? (child as FieldSet) : undefined;
}

export function descendAll(owners: readonly Owned[], key: string): readonly Owned[] {
  return owners.flatMap((owner) => {
    const set = descend(owner.set, key);
    return set === undefined ? [] : [{ ...owner, set }];
  });
}

/** The whole value is owned as one: an atomic list or map, or a scalar. */
export function isLeaf(set: FieldSet): boolean {
  return Object.keys(set).length === 0;
}

/** Whoever wrote last comes first. */
export function lastWriter(owners: readonly Owned[]): Pick<DriftField, "manager" | "at" | "operation"> {
  const [newest] = [...owners].sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1));
  if (newest === undefined) return { manager: "", at: "" };
  const { manager, at, operation } = newest;
  return { manager, at, operation };
}

/** How the API server merges a list, read off the keys that anybody has in it. */
export type ListStyle = "keyed" | "set" | "atomic";

export function listStyle(sets: readonly (FieldSet | undefined)[]): ListStyle {
  for (const set of sets) {
    for (const key of Object.keys(set ?? {})) {
      if (key.startsWith("k:")) return "keyed";
      if (key.startsWith("v:")) return "set";
    }
  }
  return "atomic";
}

/** The "k:" keys of all sets, parsed, without repetition. */
export function itemKeys(
  sets: readonly (FieldSet | undefined)[],
): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const keys = new Map<string, Readonly<Record<string, unknown>>>();
  for (const set of sets) {
    for (const key of Object.keys(set ?? {})) {
      if (key.startsWith("k:")) keys.set(key, JSON.parse(key.slice(2)) as Readonly<Record<string, unknown>>);
    }
  }
  return keys;
}

/** The member's "v:" key as it is written in `set`; key order and spacing do not matter. */
export function memberKey(set: FieldSet | undefined, value: unknown): string | undefined {
  const wanted = canonicalJson(value);
  return Object.keys(set ?? {}).find((key) => key.startsWith("v:") && sameJson(key.slice(2), wanted));
}

function sameJson(text: string, wanted: string): boolean {
  return text === wanted || canonicalJson(JSON.parse(text)) === wanted;
}
