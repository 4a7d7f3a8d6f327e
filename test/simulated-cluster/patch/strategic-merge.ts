import { equal, isList, isObject, type Json, type JsonObject } from "../json.ts";
import { fieldNode, type ListNode, type Node, nodeFor } from "../schema/node.ts";

/** Strategic merge patch: lists with a merge key or of a merging set merge by item; `$patch` and its kin are understood. */
export function strategicMerge(declared: Node, target: Json | undefined, patch: Json, strategy?: string): Json {
  const node = nodeFor(declared, patch);
  if (isObject(patch) && node.type === "object") return mergeObjects(node, target, patch, strategy);
  if (isList(patch) && node.type === "list" && isList(target) && node.strategy?.includes("merge") === true) {
    return mergeLists(node, target, patch);
  }
  return isList(patch) ? patch.filter((item) => !isDirective(item)) : patch;
}

function isDirective(item: Json): boolean {
  return isObject(item) && Object.keys(item).length === 1 && item["$patch"] !== undefined;
}

function mergeObjects(
  node: Extract<Node, { type: "object" }>,
  target: Json | undefined,
  patch: JsonObject,
  strategy?: string,
): Json {
  const { $patch, $retainKeys, ...fields } = patch;
  const deletions = Object.keys(fields).filter((field) => field.startsWith("$"));
  if ($patch === "replace") return fields;
  const result: Record<string, Json> = isObject(target) ? { ...target } : {};
  if (isList($retainKeys) && strategy?.includes("retainKeys") === true) {
    for (const field of Object.keys(result)) if (!$retainKeys.includes(field)) delete result[field];
  }
  for (const [field, value] of Object.entries(fields)) {
    if (deletions.includes(field)) continue;
    if (value === null) {
      delete result[field];
      continue;
    }
    const child = fieldNode(node, field);
    const order = fields[`$setElementOrder/${field}`];
    const merged =
      child === undefined ? value : strategicMerge(child, result[field], value, node.fields.get(field)?.strategy);
    result[field] = isList(merged) && isList(order) && child?.type === "list" ? inOrder(child, merged, order) : merged;
  }
  for (const directive of deletions) deletePrimitives(result, directive, fields[directive]);
  return result;
}

/** `$deleteFromPrimitiveList/finalizers: [x]`. */
function deletePrimitives(result: Record<string, Json>, directive: string, values: Json | undefined): void {
  const [, field] = directive.split("$deleteFromPrimitiveList/");
  const list = field === undefined ? undefined : result[field];
  if (field === undefined || !isList(list) || !isList(values)) return;
  result[field] = list.filter((item) => !values.some((value) => equal(value, item)));
}

function mergeLists(node: ListNode, target: readonly Json[], patch: readonly Json[]): Json {
  if (patch.some((item) => isDirective(item) && isObject(item) && item["$patch"] === "replace")) {
    return patch.filter((item) => !isDirective(item));
  }
  const key = node.patchKey;
  if (key === undefined) return [...target, ...patch.filter((item) => !target.some((present) => equal(present, item)))];
  let result = [...target];
  for (const item of patch) {
    if (!isObject(item)) continue;
    const matches = (other: Json) => isObject(other) && equal(other[key], item[key]);
    if (item["$patch"] === "delete") {
      result = result.filter((other) => !matches(other));
      continue;
    }
    const index = result.findIndex(matches);
    if (index < 0) result.push(strategicMerge(node.item(), undefined, item));
    else result[index] = strategicMerge(node.item(), result[index], item);
  }
  return result;
}

/** Puts the items named by `$setElementOrder` into that order; others keep their place behind. */
function inOrder(node: ListNode, items: readonly Json[], order: readonly Json[]): Json[] {
  const key = node.patchKey;
  const rank = (item: Json) => {
    const index = order.findIndex((wanted) =>
      key === undefined ? equal(wanted, item) : isObject(item) && isObject(wanted) && equal(item[key], wanted[key]),
    );
    return index < 0 ? order.length : index;
  };
  return items
    .map((item, index) => ({ item, index, rank: rank(item) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ item }) => item);
}
