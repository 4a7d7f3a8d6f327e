import { applyConflict, type Cause } from "../api-error.ts";
import type { JsonObject, KubeObject } from "../json.ts";
import type { Node } from "../schema/node.ts";
import { compare } from "./compare.ts";
import {
  decodeFields,
  difference,
  emptySet,
  type FieldSet,
  intersection,
  pathsOf,
  sameSet,
  union,
  withoutSubtrees,
} from "./field-set.ts";
import { allFieldsOf, fieldsOf } from "./fields-of.ts";
import { type Manager, managersOf, sameManager, withManagers } from "./managed-fields.ts";
import { merge } from "./merge.ts";
import { pathText } from "./path-element.ts";
import { prune } from "./prune.ts";

export interface Writer {
  readonly name: string;
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  /** RFC 3339, seconds. */
  readonly time: string;
}

/** Never owned by anybody: the server's own. */
const untracked: FieldSet = decodeFields({
  "f:apiVersion": {},
  "f:kind": {},
  "f:metadata": Object.fromEntries(
    [
      "name",
      "namespace",
      "creationTimestamp",
      "selfLink",
      "uid",
      "clusterName",
      "generation",
      "managedFields",
      "resourceVersion",
    ].map((field) => [`f:${field}`, {}]),
  ),
});

const metadataItself: FieldSet = decodeFields({ "f:metadata": {} });

/** Fields that a request cannot write are not owned through it: `ignored` are the top-level ones. */
function tracked(set: FieldSet, ignored: readonly string[]): FieldSet {
  const known = difference(withoutSubtrees(set, untracked), metadataItself);
  const reset = new Map(ignored.map((field) => [`f:${field}`, { own: true, below: emptySet }]));
  return withoutSubtrees(known, reset);
}

/** Server-side apply: the merged object with its managers. Throws the 409 of an apply conflict unless forced. */
export function applied(
  node: Node,
  live: KubeObject | undefined,
  configuration: KubeObject,
  writer: Writer,
  options: { readonly force: boolean; readonly ignored: readonly string[] },
): KubeObject {
  const base: JsonObject = live ?? { apiVersion: configuration.apiVersion, kind: configuration.kind };
  const identity = { ...writer, operation: "Apply" as const };
  const before = live === undefined ? [] : adopted(node, live);
  const mine = before.find((manager) => sameManager(manager, identity));
  const others = before.filter((manager) => manager !== mine);
  const fields = tracked(fieldsOf(node, configuration).below, options.ignored);
  const merged = merge(node, base, configuration);
  const owned = others.reduce((set, manager) => union(set, manager.fields), fields);
  const pruned = prune(node, merged, mine?.fields ?? emptySet, owned);
  const { added, modified, removed } = compare(node, base, pruned);
  const taken = tracked(union(added, modified), []);
  if (!options.force) refuseConflicts(others, taken);
  const changed = added.size > 0 || modified.size > 0 || removed.size > 0;
  const same = mine !== undefined && sameSet(mine.fields, fields) && !changed;
  const left = others.map((manager) => withFields(manager, difference(difference(manager.fields, taken), removed)));
  const me: Manager = { ...identity, fields, time: same ? mine.time : writer.time };
  return withManagers(
    pruned as KubeObject,
    [...left, me].filter((manager) => manager.fields.size > 0),
  );
}

/** Managers of an object that was written before anybody tracked fields. */
function adopted(node: Node, live: KubeObject): Manager[] {
  const managers = managersOf(live);
  if (managers.length > 0) return managers;
  const fields = tracked(allFieldsOf(node, live), ["status"]);
  const first = { name: "before-first-apply", operation: "Update", apiVersion: live.apiVersion } as const;
  return [{ ...first, subresource: undefined, time: undefined, fields }];
}

function refuseConflicts(others: readonly Manager[], taken: FieldSet): void {
  const causes = others.flatMap((manager): Cause[] =>
    pathsOf(intersection(manager.fields, taken)).map((path) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${managerText(manager)}`,
      field: pathText(path),
    })),
  );
  if (causes.length > 0) throw applyConflict(causes);
}

function managerText({ name, operation, apiVersion, subresource }: Manager): string {
  const who =
    JSON.stringify(name) + (subresource === undefined ? "" : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === "Update" ? `${who} using ${apiVersion}` : who;
}

function withFields(manager: Manager, fields: FieldSet): Manager {
  return fields === manager.fields ? manager : { ...manager, fields };
}

/** Any other write: whoever changed a field owns it, and owns it alone. */
export function updated(
  node: Node,
  live: JsonObject,
  next: KubeObject,
  writer: Writer,
  options: { readonly ignored: readonly string[]; readonly untimed?: boolean },
): KubeObject {
  const identity = { ...writer, operation: "Update" as const };
  const sent = writer.subresource === undefined ? managersOf(next) : [];
  const before = sent.length > 0 ? sent : managersOf(live);
  const { added, modified, removed } = compare(node, withoutManagers(live), withoutManagers(next));
  const taken = tracked(union(added, modified), options.ignored);
  const mine = before.find((manager) => sameManager(manager, identity));
  const others = before
    .filter((manager) => manager !== mine)
    .map((manager) => withFields(manager, difference(difference(manager.fields, taken), removed)));
  const former = difference(mine?.fields ?? emptySet, removed);
  const fields = union(former, taken);
  const time = options.untimed === true ? undefined : taken.size === 0 ? mine?.time : writer.time;
  const me: Manager = { ...identity, fields, time };
  return withManagers(
    next,
    [...others, me].filter((manager) => manager.fields.size > 0),
  );
}

function withoutManagers(object: JsonObject): JsonObject {
  return withManagers(object, []);
}
