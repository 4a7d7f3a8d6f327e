import { canonicalJson, groupOf, type Manifest } from "../../common/domain/index.ts";
import type { LiveObject } from "../ports.ts";
import { childPath, itemPath, memberPath } from "./field-path.ts";
import { isOwn, ownFields } from "./fields-hash.ts";
import {
  descend,
  descendAll,
  type FieldSet,
  isLeaf,
  itemKeys,
  listStyle,
  memberKey,
  type Owned,
  ownedBy,
} from "./managed-set.ts";

type Fields = Readonly<Record<string, unknown>>;

/** One value of a desired object that the API server tracks as one, and who has it in the live object. */
export interface FieldPlace {
  readonly path: string;
  /** Steps from the root of the desired object: names and indexes. */
  readonly pointer: readonly string[];
  readonly desired: unknown;
  readonly live: unknown;
  readonly isOurs: boolean;
  readonly others: readonly Owned[];
  /** Names the item of the list that it is in: not to be taken out of it. */
  readonly isKey: boolean;
}

interface Walk extends Omit<FieldPlace, "isOurs"> {
  /** Our part of the managed fields here; undefined when nothing below is ours any more. */
  readonly ours: FieldSet | undefined;
}

type Report = (place: FieldPlace) => void;

/** All of them, in the order of `desired`, which is what we apply, ownership labels included. Identity and status are left out. */
export function fieldPlaces(desired: Manifest, live: LiveObject): readonly FieldPlace[] {
  const found: FieldPlace[] = [];
  const others = (live.metadata.managedFields ?? [])
    .filter((entry) => !isOwn(entry) && entry.fieldsV1 !== undefined)
    .map(ownedBy);
  const ours = ownFields(live)?.fieldsV1;
  const root: Walk = { path: "", pointer: [], desired, live, ours, others, isKey: false };
  for (const [key, value] of Object.entries(isSecret(desired) ? withoutStringData(desired) : desired)) {
    if (key === "apiVersion" || key === "kind" || key === "status") continue;
    visit(childOf(root, key, key === "metadata" ? withoutIdentity(value as Fields) : value), (place) =>
      found.push(place),
    );
  }
  return found;
}

export function isSecret({ apiVersion, kind }: Manifest): boolean {
  return groupOf(apiVersion) === "" && kind === "Secret";
}

function visit(place: Walk, report: Report): void {
  const { desired, live, ours, others } = place;
  if (desired === null || desired === undefined) return;
  const isWhole = ours === undefined ? others.some(({ set }) => isLeaf(set)) : isLeaf(ours);
  if (!isWhole && isMap(desired) && isMap(live)) {
    for (const [key, value] of Object.entries(desired)) visit(childOf(place, key, value), report);
    return;
  }
  if (!isWhole && Array.isArray(desired) && Array.isArray(live)) {
    const sets = [ours, ...others.map(({ set }) => set)];
    const style = listStyle(sets);
    if (style === "keyed") return visitItems(place, desired, live, sets, report);
    if (style === "set") return visitMembers(place, desired, live, report);
  }
  const { path, pointer, isKey } = place;
  report({ path, pointer, desired, live, isOurs: ours !== undefined && isLeaf(ours), others, isKey });
}

function visitItems(
  place: Walk,
  desired: readonly unknown[],
  live: readonly unknown[],
  sets: readonly (FieldSet | undefined)[],
  report: Report,
): void {
  const keys = itemKeys(sets);
  for (const [index, item] of desired.entries()) {
    if (!isMap(item)) continue;
    const pointer = [...place.pointer, String(index)];
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
      const path = itemPath(place.path, named);
      report({ path, pointer, desired: item, live: undefined, isOurs: false, others: [], isKey: false });
      continue;
    }
    const [key, pairs] = match;
    const inside: Walk = {
      path: itemPath(place.path, pairs),
      pointer,
      desired: item,
      live: there,
      ours: descend(place.ours, key),
      others: descendAll(place.others, key),
      isKey: false,
    };
    for (const [name, value] of Object.entries(item)) {
      visit({ ...childOf(inside, name, value), isKey: name in pairs }, report);
    }
  }
}

function visitMembers(place: Walk, desired: readonly unknown[], live: readonly unknown[], report: Report): void {
  const there = new Set(live.map(canonicalJson));
  for (const [index, value] of desired.entries()) {
    report({
      path: memberPath(place.path, value),
      pointer: [...place.pointer, String(index)],
      desired: value,
      live: there.has(canonicalJson(value)) ? value : undefined,
      isOurs: memberKey(place.ours, value) !== undefined,
      others: place.others.filter(({ set }) => memberKey(set, value) !== undefined),
      isKey: false,
    });
  }
}

function childOf(place: Walk, key: string, desired: unknown): Walk {
  return {
    path: childPath(place.path, key),
    pointer: [...place.pointer, key],
    desired,
    live: isMap(place.live) ? place.live[key] : undefined,
    ours: descend(place.ours, `f:${key}`),
    others: descendAll(place.others, `f:${key}`),
    isKey: false,
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
