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
    result[field] = child?.type === "list" ? ordered(child, merged, result[field], order, value) : merged;
  }
  for (const directive of deletions) deletePrimitives(result, directive, fields[directive]);
  return result;
}

function ordered(node: ListNode, merged: Json, former: Json | undefined, order: Json | undefined, patch: Json): Json {
  if (node.strategy?.includes("merge") !== true || !isList(merged) || !isList(former)) return merged;
  const stated = isList(order)
    ? order
    : isList(patch)
      ? patch.filter((item) => !isObject(item) || item["$patch"] === undefined)
      : [];
  return inOrder(node, merged, former, stated);
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

/**
 * The order the server gives a merged list: patched items in the patch's order (`$setElementOrder`, or as they stand in the
 * patch), the others in theirs; where the two meet, the former list decides, and items that are new come first.
 */
function inOrder(node: ListNode, merged: readonly Json[], former: readonly Json[], order: readonly Json[]): Json[] {
  const key = node.patchKey;
  const identity = (item: Json) => JSON.stringify(key === undefined ? item : isObject(item) ? item[key] : item);
  const wanted = order.map(identity);
  const before = former.map(identity);
  const byIdentity = new Map(merged.map((item) => [identity(item), item]));
  const left = merged.map(identity).filter((id) => !wanted.includes(id));
  const right = wanted.filter((id) => byIdentity.has(id));
  const result: string[] = [];
  while (left.length > 0 || right.length > 0) {
    const [mine, theirs] = [left[0], right[0]];
    const takeLeft =
      theirs === undefined ||
      (mine !== undefined && before.includes(theirs) && before.indexOf(mine) < before.indexOf(theirs));
    result.push((takeLeft ? left.shift() : right.shift()) as string);
  }
  return result.map((id) => byIdentity.get(id) as Json);
}
