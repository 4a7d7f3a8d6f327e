import { isObject, type JsonObject } from "../json.ts";
import type { Node, ObjectNode } from "../schema/node.ts";
import type { PathElement } from "./path-element.ts";

/** A set of paths as a tree. A path is in the set when its last step is `own`. */
export type FieldSet = ReadonlyMap<PathElement, FieldSetNode>;

export interface FieldSetNode {
  readonly own: boolean;
  readonly below: FieldSet;
}

export const emptySet: FieldSet = new Map();
export const ownLeaf: FieldSetNode = { own: true, below: emptySet };

/** Drops nodes that hold nothing. */
function keep(set: Map<PathElement, FieldSetNode>, element: PathElement, own: boolean, below: FieldSet): void {
  if (own || below.size > 0) set.set(element, { own, below });
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (left.size === 0) return right;
  if (right.size === 0) return left;
  const result = new Map(left);
  for (const [element, node] of right) {
    const other = result.get(element);
    result.set(
      element,
      other === undefined ? node : { own: other.own || node.own, below: union(other.below, node.below) },
    );
  }
  return result;
}

/** Paths of `left` that are not in `right`, path by path: what lies below a removed path stays. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  if (left.size === 0 || right.size === 0) return left;
  const result = new Map<PathElement, FieldSetNode>();
  for (const [element, node] of left) {
    const other = right.get(element);
    if (other === undefined) result.set(element, node);
    else keep(result, element, node.own && !other.own, difference(node.below, other.below));
  }
  return result;
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  const result = new Map<PathElement, FieldSetNode>();
  for (const [element, node] of left) {
    const other = right.get(element);
    if (other !== undefined) keep(result, element, node.own && other.own, intersection(node.below, other.below));
  }
  return result;
}

/** Without the given paths and everything below them. */
export function withoutSubtrees(set: FieldSet, subtrees: FieldSet): FieldSet {
  if (set.size === 0 || subtrees.size === 0) return set;
  const result = new Map<PathElement, FieldSetNode>();
  for (const [element, node] of set) {
    const other = subtrees.get(element);
    if (other === undefined) result.set(element, node);
    else if (!other.own) keep(result, element, node.own, withoutSubtrees(node.below, other.below));
  }
  return result;
}

export function sameSet(left: FieldSet, right: FieldSet): boolean {
  if (left === right) return true;
  if (left.size !== right.size) return false;
  for (const [element, node] of left) {
    const other = right.get(element);
    if (other === undefined || other.own !== node.own || !sameSet(node.below, other.below)) return false;
  }
  return true;
}

/** All paths of the set, in the order in which managedFields lists them. */
export function pathsOf(set: FieldSet, prefix: readonly PathElement[] = []): (readonly PathElement[])[] {
  const elements = sortedElements(set);
  return [
    ...elements.filter((element) => set.get(element)?.own === true).map((element) => [...prefix, element]),
    ...elements.flatMap((element) => pathsOf(set.get(element)?.below ?? emptySet, [...prefix, element])),
  ];
}

/** `f:` before `k:` before `v:` before `i:`, each sorted. */
function sortedElements(set: FieldSet): PathElement[] {
  const rank = (element: PathElement) => "fkvi".indexOf(element.charAt(0));
  return [...set.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}

/** The `fieldsV1` of a managedFields entry. */
export function encodeFields(set: FieldSet): JsonObject {
  const result: Record<string, JsonObject> = {};
  for (const element of sortedElements(set)) {
    const node = set.get(element);
    if (node === undefined) continue;
    const below = encodeFields(node.below);
    result[element] = node.own && node.below.size > 0 ? { ".": {}, ...below } : below;
  }
  return result;
}

export function decodeFields(fields: unknown): FieldSet {
  const result = new Map<PathElement, FieldSetNode>();
  if (!isObject(fields)) return result;
  for (const [element, value] of Object.entries(fields)) {
    if (element === ".") continue;
    const below = decodeFields(value);
    result.set(element, { own: below.size === 0 || (isObject(value) && "." in value), below });
  }
  return result;
}

/** Is the element a declared field of the object, not an entry of a map? */
export function isNamedField(node: Node | undefined, element: PathElement): boolean {
  return node?.type === "object" && element.startsWith("f:") && node.fields.has(element.slice(2));
}

/** The node below an element; undefined when nothing is declared there. */
export function nodeBelow(node: Node | undefined, element: PathElement): Node | undefined {
  if (node === undefined) return undefined;
  if (node.type === "list") return node.item();
  if (node.type === "leaf") return node.leaf === "any" ? node : undefined;
  const object: ObjectNode = node;
  const name = element.slice(2);
  return object.fields.get(name)?.node() ?? object.extra?.();
}
