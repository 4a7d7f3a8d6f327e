/** What is known of a field: its type, how values of it merge, and how the items of a list are told apart. */
export type Node = LeafNode | ObjectNode | ListNode;

export interface LeafNode {
  readonly type: "leaf";
  readonly leaf: "string" | "bytes" | "integer" | "number" | "boolean" | "quantity" | "int-or-string" | "time" | "any";
}

/** A struct (named fields), a map (`extra` is the type of any other field), or both. */
export interface ObjectNode {
  readonly type: "object";
  readonly fields: ReadonlyMap<string, Field>;
  readonly extra: (() => Node) | undefined;
  readonly required: readonly string[];
  /** Replaced as a whole, owned by one manager. */
  readonly atomic: boolean;
  readonly defaults: Readonly<Record<string, string | number | boolean>>;
}

export interface ListNode {
  readonly type: "list";
  readonly item: () => Node;
  /** "atomic" is replaced as a whole, "set" tells items apart by value, "map" by `keys`. */
  readonly merge: "atomic" | "set" | "map";
  readonly keys: readonly string[];
  /** For strategic merge patches; may differ from `keys`. */
  readonly patchKey: string | undefined;
  readonly strategy: string | undefined;
}

export interface Field {
  readonly node: () => Node;
  /** The server always has this struct, if only empty. */
  readonly present: boolean;
  readonly strategy: string | undefined;
}

export const anything: LeafNode = { type: "leaf", leaf: "any" };

const anyObject: ObjectNode = {
  type: "object",
  fields: new Map(),
  extra: () => anything,
  required: [],
  atomic: false,
  defaults: {},
};

const anyList: ListNode = {
  type: "list",
  item: () => anything,
  merge: "atomic",
  keys: [],
  patchKey: undefined,
  strategy: undefined,
};

/** The node to treat `value` by: undeclared objects merge by field, undeclared lists are atomic. */
export function nodeFor(node: Node, value: unknown): Node {
  if (node.type !== "leaf" || node.leaf !== "any") return node;
  if (Array.isArray(value)) return anyList;
  return typeof value === "object" && value !== null ? anyObject : node;
}

/** The node of a field of an object; undefined when it is not declared. */
export function fieldNode(node: ObjectNode, field: string): Node | undefined {
  return node.fields.get(field)?.node() ?? node.extra?.();
}
