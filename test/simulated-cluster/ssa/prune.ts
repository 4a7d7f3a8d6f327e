import { isList, isObject, type Json, type JsonObject, without } from "../json.ts";
import { type Node, nodeFor } from "../schema/node.ts";
import { emptySet, type FieldSet, type FieldSetNode, isNamedField, nodeBelow } from "./field-set.ts";
import { itemElement, type PathElement } from "./path-element.ts";

/**
 * Removes what the applier stated last time and states no longer, unless somebody else owns it.
 * `last`: the applier's former set; `owned`: the union of all sets, the applier's new one included.
 */
export function prune(declared: Node, value: Json, last: FieldSet, owned: FieldSet): Json {
  if (last.size === 0) return value;
  const node = nodeFor(declared, value);
  if (node.type === "object" && isObject(value)) return pruneObject(node, value, last, owned);
  if (node.type === "list" && isList(value) && node.merge !== "atomic") {
    return value.flatMap((item) => {
      const element = itemElement(node, item);
      const kept = pruneEntry(node, element, item, last.get(element), owned.get(element));
      return kept === undefined ? [] : [kept];
    });
  }
  return value;
}

function pruneObject(node: Node, value: JsonObject, last: FieldSet, owned: FieldSet): JsonObject {
  let result = value;
  for (const [element, lastBelow] of last) {
    const name = element.slice(2);
    const child = value[name];
    if (!element.startsWith("f:") || child === undefined) continue;
    const kept = pruneEntry(node, element, child, lastBelow, owned.get(element));
    if (kept === undefined) result = without(result, name);
    else if (kept !== child) result = { ...result, [name]: kept };
  }
  return result;
}

/** Undefined when the entry goes. */
function pruneEntry(
  parent: Node,
  element: PathElement,
  value: Json,
  last: FieldSetNode | undefined,
  owned: FieldSetNode | undefined,
): Json | undefined {
  if (last === undefined) return value;
  if (owned === undefined && (last.own || isNamedField(parent, element))) return undefined;
  const node = nodeBelow(parent, element);
  return node === undefined ? value : prune(node, value, last.below, owned?.below ?? emptySet);
}
