import { canonicalJson } from "../../common/domain/index.ts";
import { descend, difference, type FieldSet, isLeaf, isOwn, stepOf, union } from "../observe/index.ts";
import type { LiveObject, ManagedFieldsEntry, ObjectPart } from "../ports.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * What is to be put in place of parts of `live` so that it becomes what it would be with these managers, applied once more:
 * `applied`, the answer to applying, without the fields that are ours alone then and were not applied. Empty when there are none.
 */
export function partsAfterTakeover(
  live: LiveObject,
  applied: LiveObject,
  managers: readonly ManagedFieldsEntry[],
): readonly ObjectPart[] {
  const own = applied.metadata.managedFields?.find(isOwn)?.fieldsV1;
  const stated = managers
    .filter((entry) => !isOwn(entry))
    .map(({ fieldsV1 }) => fieldsV1)
    .reduce(union, own);
  const gone = difference(managers.find(isOwn)?.fieldsV1, stated);
  if (gone === undefined) return [];
  const left = without(applied, gone, stated) as Fields;
  const metadata = (left["metadata"] ?? {}) as Fields;
  const places = new Set([...Object.keys(live), ...Object.keys(left)].filter((key) => !identity.has(key)));
  return [
    ...[...places].map((key) => part([key], live[key], left[key])),
    ...["labels", "annotations"].map((key) => part(["metadata", key], live.metadata[key], metadata[key])),
  ].flatMap((each) => each ?? []);
}

const identity = new Set(["apiVersion", "kind", "metadata", "status"]);

function part(path: readonly string[], before: unknown, value: unknown): ObjectPart | undefined {
  return canonicalJson(before ?? null) === canonicalJson(value ?? null) ? undefined : { path, value };
}

/** Undefined when nothing of it is left: an item or a map goes as such once nobody states anything in it. */
function without(value: unknown, gone: FieldSet, stated: FieldSet | undefined): unknown {
  if (isLeaf(gone) || ("." in gone && stated === undefined)) return undefined;
  const isList = Array.isArray(value);
  const left = new Map<string, unknown>(Object.entries((value ?? {}) as Fields));
  for (const key of Object.keys(gone)) {
    const step = key === "." ? undefined : stepOf(key, "", value);
    const below = descend(gone, key);
    if (step === undefined || below === undefined || step.live === undefined) continue;
    const rest = without(step.live, below, descend(stated, key));
    if (rest === undefined) left.delete(step.name);
    else left.set(step.name, rest);
  }
  return isList ? [...left.values()] : Object.fromEntries(left);
}
