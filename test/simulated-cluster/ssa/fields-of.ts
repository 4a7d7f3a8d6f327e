import { isList, isObject, type Json } from "../json.ts";
import { fieldNode, type Node, nodeFor } from "../schema/node.ts";
import { emptySet, type FieldSet, type FieldSetNode, ownLeaf } from "./field-set.ts";
import { fieldElement, itemElement, type PathElement } from "./path-element.ts";

/** The fields that an applied configuration states: what its applier will own. */
export function fieldsOf(declared: Node, value: Json): FieldSetNode {
  const node = nodeFor(declared, value);
  if (node.type === "list" && isList(value) && node.merge !== "atomic") {
    const below = new Map<PathElement, FieldSetNode>();
    for (const item of value) {
      below.set(itemElement(node, item), { own: true, below: fieldsOf(node.item(), item).below });
    }
    return { own: false, below };
  }
  if (node.type === "object" && isObject(value) && !node.atomic) return fieldsOfObject(node, value);
  return ownLeaf;
}

function fieldsOfObject(node: Extract<Node, { type: "object" }>, value: Readonly<Record<string, Json>>): FieldSetNode {
  const below = new Map<PathElement, FieldSetNode>();
  for (const [name, child] of Object.entries(value)) {
    const declared = fieldNode(node, name);
    const found = declared === undefined ? ownLeaf : fieldsOf(declared, child);
    const own = found.own || isEmpty(child) || !node.fields.has(name);
    if (own || found.below.size > 0) below.set(fieldElement(name), { own, below: found.below });
  }
  return { own: false, below: below.size === 0 ? emptySet : below };
}

function isEmpty(value: Json): boolean {
  return value === null || (isObject(value) && Object.keys(value).length === 0);
}

/** Everything in a value, every level of it: what an update that added it will own. */
export function allFieldsOf(declared: Node, value: Json): FieldSet {
  const node = nodeFor(declared, value);
  const below = new Map<PathElement, FieldSetNode>();
  if (node.type === "list" && isList(value) && node.merge !== "atomic") {
    for (const item of value) below.set(itemElement(node, item), { own: true, below: allFieldsOf(node.item(), item) });
  }
  if (node.type === "object" && isObject(value) && !node.atomic) {
    for (const [name, child] of Object.entries(value)) {
      const field = fieldNode(node, name);
      below.set(fieldElement(name), { own: true, below: field === undefined ? emptySet : allFieldsOf(field, child) });
    }
  }
  return below;
}
