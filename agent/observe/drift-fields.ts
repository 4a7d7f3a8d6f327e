import { canonicalJson, type DriftField, groupOf, type Manifest } from "../../common/domain/index.ts";
import type { LiveObject } from "../ports.ts";
import { childPath, itemPath, memberPath } from "./field-path.ts";
import { isOwn, ownFields } from "./fields-hash.ts";
import {
  descend,
  descendAll,
  type FieldSet,
  isLeaf,
  itemKeys,
  lastWriter,
  listStyle,
  memberKey,
  type Owned,
} from "./managed-set.ts";

/** More would not be read. */
const maximum = 50;

type Fields = Readonly<Record<string, unknown>>;

interface Place {
  readonly path: string;
  readonly desired: unknown;
  readonly live: unknown;
  /** Our part of the managed fields here; undefined when nothing below is ours any more. */
  readonly ours: FieldSet | undefined;
  readonly others: readonly Owned[];
}

/**
 * Fields of `desired` that are ours no more and have another value now, with who has them. Empty when only ownership
 * changed. `desired` is what we apply, ownership labels included.
 */
export function driftFields(desired: Manifest, live: LiveObject): readonly DriftField[] {
  const found: DriftField[] = [];
  const others = (live.metadata.managedFields ?? [])
    .filter((entry) => !isOwn(entry) && entry.fieldsV1 !== undefined)
    .map((entry) => ({ manager: entry.manager ?? "", at: entry.time ?? "", set: entry.fieldsV1 ?? {} }));
  const isSecret = groupOf(desired.apiVersion) === "" && desired.kind === "Secret";
  const report = (place: Place) => {
    if (found.length < maximum) found.push(fieldOf(place, isSecret));
  };
  for (const [key, value] of Object.entries(isSecret ? withoutStringData(desired) : desired)) {
    if (key === "apiVersion" || key === "kind" || key === "status") continue;
    const inside = key === "metadata" ? withoutIdentity(value as Fields) : value;
    compare(childOf({ path: "", desired, live, ours: ownFields(live)?.fieldsV1, others }, key, inside), report);
  }
  return found;
}

function compare(place: Place, report: (place: Place) => void): void {
  const { desired, live, ours, others } = place;
  if (desired === null || desired === undefined) return;
  if (ours !== undefined && isLeaf(ours)) return;
  const isAtomic = ours === undefined && others.some(({ set }) => isLeaf(set));
  if (!isAtomic && isMap(desired) && isMap(live)) {
    for (const [key, value] of Object.entries(desired)) compare(childOf(place, key, value), report);
    return;
  }
  if (!isAtomic && Array.isArray(desired) && Array.isArray(live)) {
    const sets = [ours, ...others.map(({ set }) => set)];
    const style = listStyle(sets);
    if (style === "keyed") return compareItems(place, desired, live, sets, report);
    if (style === "set") return compareMembers(place, desired, live, report);
  }
  if (canonicalJson(desired) !== canonicalJson(live)) report(place);
}

function compareItems(
  place: Place,
  desired: readonly unknown[],
  live: readonly unknown[],
  sets: readonly (FieldSet | undefined)[],
  report: (place: Place) => void,
): void {
  const keys = itemKeys(sets);
  for (const item of desired) {
    if (!isMap(item)) continue;
    // The key of an item may hold fields that the API server filled in, such as a port's protocol.
    const match = [...keys].find(([, pairs]) => {
      const given = Object.entries(pairs).filter(([name]) => item[name] !== undefined);
      return given.length > 0 && given.every(([name, value]) => item[name] === value);
    });
    const there = match && live.find((other) => isMap(other) && hasAll(other, match[1]));
    if (match === undefined || there === undefined) {
      const [sample = {}] = keys.values();
      const named = Object.fromEntries(
        Object.keys(sample).flatMap((name) => (name in item ? [[name, item[name]]] : [])),
      );
      report({ path: itemPath(place.path, named), desired: item, live: undefined, ours: undefined, others: [] });
      continue;
    }
    const [key, pairs] = match;
    compare(
      {
        path: itemPath(place.path, pairs),
        desired: item,
        live: there,
        ours: descend(place.ours, key),
        others: descendAll(place.others, key),
      },
      report,
    );
  }
}

function compareMembers(
  place: Place,
  desired: readonly unknown[],
  live: readonly unknown[],
  report: (place: Place) => void,
): void {
  const there = new Set(live.map(canonicalJson));
  for (const value of desired) {
    if (memberKey(place.ours, value) !== undefined || there.has(canonicalJson(value))) continue;
    report({ path: memberPath(place.path, value), desired: value, live: undefined, ours: undefined, others: [] });
  }
}

function childOf(place: Place, key: string, desired: unknown): Place {
  return {
    path: childPath(place.path, key),
    desired,
    live: isMap(place.live) ? place.live[key] : undefined,
    ours: descend(place.ours, `f:${key}`),
    others: descendAll(place.others, `f:${key}`),
  };
}

function fieldOf({ path, desired, live, others }: Place, isSecret: boolean): DriftField {
  const masked = isSecret && (path === "data" || path.startsWith("data.") || path.startsWith("data["));
  const shown = (value: unknown) => (masked ? "***" : value);
  return {
    path,
    ...(desired === undefined ? {} : { desired: shown(desired) }),
    ...(live === undefined ? {} : { live: shown(live) }),
    ...(live === undefined ? { manager: "", at: "" } : lastWriter(others)),
  };
}

function withoutIdentity(metadata: Fields): Fields {
  const {
    name: _name,
    namespace: _namespace,
    creationTimestamp: _creation,
    managedFields: _managed,
    ...rest
  } = metadata;
  return rest;
}

/** The API server keeps stringData as data. */
function withoutStringData(secret: Manifest): Fields {
  const { stringData, ...rest } = secret;
  if (!isMap(stringData)) return rest;
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString("base64"),
  ]);
  return { ...rest, data: { ...(rest["data"] as Fields | undefined), ...Object.fromEntries(encoded) } };
}

function isMap(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function hasAll(item: Fields, pairs: Fields): boolean {
  return Object.entries(pairs).every(([key, value]) => item[key] === value);
}
