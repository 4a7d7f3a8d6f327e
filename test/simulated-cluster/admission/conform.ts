import { isList, isObject, type Json, type JsonObject } from "../json.ts";
import { fieldNode, type Node, nodeFor } from "../schema/node.ts";
import { canonicalQuantity } from "./quantity.ts";

/**
 * A value as the server would decode and write it again: undeclared fields and nulls dropped, quantities canonical,
 * declared scalar defaults and always-present structs filled in. Returns the same value when nothing changed.
 */
export function conform(declared: Node, value: Json): Json {
  const node = nodeFor(declared, value);
  if (node.type === "leaf") return node.leaf === "quantity" ? canonicalQuantity(value) : value;
  if (node.type === "list") {
    if (!isList(value)) return value;
    const items = value.map((item) => conform(node.item(), item));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  return isObject(value) ? conformObject(node, value) : value;
}

function conformObject(node: Extract<Node, { type: "object" }>, value: JsonObject): JsonObject {
  const result: Record<string, Json> = {};
  let changed = false;
  for (const [name, child] of Object.entries(value)) {
    const field = child === null ? undefined : fieldNode(node, name);
    if (field === undefined) {
      changed = true;
      continue;
    }
    const next = conform(field, child);
    result[name] = next;
    changed ||= next !== child;
  }
  for (const [name, standard] of Object.entries(node.defaults)) {
    if (result[name] !== undefined) continue;
    result[name] = standard;
    changed = true;
  }
  for (const [name, field] of node.fields) {
    if (!field.present || result[name] !== undefined) continue;
    result[name] = conform(field.node(), {});
    changed = true;
  }
  return changed ? result : value;
}

/** The object nobody wrote yet, as a typed server has it in memory: with its structs and its required lists. */
export function emptyObject(node: Node): JsonObject {
  if (node.type !== "object") return {};
  const result: Record<string, Json> = {};
  for (const [name, field] of node.fields) {
    if (field.present) result[name] = emptyObject(field.node());
    else if (node.required.includes(name) && field.node().type === "list") result[name] = [];
  }
  return result;
}

/** Counters of a built-in status are written even when they are zero. */
export function withZeroCounters(declared: Node | undefined, status: Json | undefined): Json | undefined {
  if (!isObject(status) || declared?.type !== "object") return status;
  const missing = declared.required.filter((name) => {
    const node = declared.fields.get(name)?.node();
    return status[name] === undefined && node?.type === "leaf" && node.leaf === "integer";
  });
  if (missing.length === 0) return status;
  return { ...status, ...Object.fromEntries(missing.map((name) => [name, 0])) };
}
