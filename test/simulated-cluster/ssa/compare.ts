import { equal, isList, isObject, type Json } from "../json.ts";
import { fieldNode, type ListNode, type Node, nodeFor, type ObjectNode } from "../schema/node.ts";
import { emptySet, type FieldSet, type FieldSetNode } from "./field-set.ts";
import { allFieldsOf } from "./fields-of.ts";
import { fieldElement, itemElement, type PathElement } from "./path-element.ts";

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

type Change = keyof Comparison;
type Changes = Record<Change, Map<PathElement, FieldSetNode>>;

/** Which fields differ between two states of one object. */
export function compare(node: Node, left: Json, right: Json): Comparison {
  return below(node, left, right);
}

function none(): Changes {
  return { added: new Map(), modified: new Map(), removed: new Map() };
}

function below(declared: Node, left: Json, right: Json): Changes {
  const node = nodeFor(declared, right ?? left);
  const changes = none();
  if (node.type === "object" && isObject(left) && isObject(right)) compareObjects(node, left, right, changes);
  if (node.type === "list" && isList(left) && isList(right)) compareLists(node, left, right, changes);
  return changes;
}

function compareObjects(
  node: ObjectNode,
  left: Readonly<Record<string, Json>>,
  right: Readonly<Record<string, Json>>,
  changes: Changes,
): void {
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    compareEntry(fieldNode(node, name), fieldElement(name), left[name], right[name], changes);
  }
}

function compareLists(node: ListNode, left: readonly Json[], right: readonly Json[], changes: Changes): void {
  const before = new Map(left.map((item) => [itemElement(node, item), item]));
  const after = new Map(right.map((item) => [itemElement(node, item), item]));
  for (const element of new Set([...before.keys(), ...after.keys()])) {
    compareEntry(node.item(), element, before.get(element), after.get(element), changes);
  }
}

function compareEntry(
  node: Node | undefined,
  element: PathElement,
  left: Json | undefined,
  right: Json | undefined,
  changes: Changes,
): void {
  if (left === right) return;
  if (left === undefined || right === undefined) {
    const value = (left ?? right) as Json;
    const inside = node === undefined ? emptySet : allFieldsOf(node, value);
    changes[left === undefined ? "added" : "removed"].set(element, { own: true, below: inside });
    return;
  }
  if (node === undefined || isBigLeaf(node, left, right)) {
    if (!equal(left, right)) changes.modified.set(element, { own: true, below: emptySet });
    return;
  }
  const inside = below(node, left, right);
  for (const change of ["added", "modified", "removed"] as const) {
    if (inside[change].size > 0) changes[change].set(element, { own: false, below: inside[change] });
  }
}

/** Compared as one value: scalars, atomic lists and objects, values of different shape. */
function isBigLeaf(declared: Node, left: Json, right: Json): boolean {
  const node = nodeFor(declared, right ?? left);
  if (node.type === "object") return node.atomic || !isObject(left) || !isObject(right);
  if (node.type === "list") return node.merge === "atomic" || !isList(left) || !isList(right);
  return true;
}
