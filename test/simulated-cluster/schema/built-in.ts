import data from "./gen/kubernetes.json" with { type: "json" };
import { anything, type Field, type LeafNode, type Node, type ObjectNode } from "./node.ts";

/** How gen/kubernetes.json writes a node: a scalar's name, "#type", "=#type" (always present), a list, a map, a reference. */
type Encoded =
  | string
  | {
      readonly list: Encoded;
      readonly keys?: readonly string[];
      readonly set?: boolean;
      readonly mergeKey?: string;
      readonly strategy?: string;
    }
  | { readonly map: Encoded; readonly atomic?: boolean }
  | { readonly ref: string; readonly strategy: string };

type EncodedType =
  | Encoded
  | {
      readonly fields: Readonly<Record<string, Encoded>>;
      readonly required?: readonly string[];
      readonly atomic?: boolean;
      readonly defaults?: Readonly<Record<string, string | number | boolean>>;
    };

export interface BuiltInKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly string[];
  /** Answered, not stored. */
  readonly virtual?: boolean;
  readonly type: string;
}

const types = data.types as unknown as Readonly<Record<string, EncodedType>>;
const compiled = new Map<string, Node>();
const names = new WeakMap<Node, string>();

/** The Kubernetes version the facts were read from. */
export const kubernetesVersion: string = data.version;
export const builtInKinds = data.kinds as readonly BuiltInKind[];

/** The node of a type such as "apps.v1.Deployment". */
export function builtInType(name: string): Node {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const encoded = types[name];
  if (encoded === undefined) throw new Error(`No built-in type "${name}"`);
  const node = typeof encoded === "object" && "fields" in encoded ? struct(encoded) : compile(encoded);
  compiled.set(name, node);
  names.set(node, name);
  return node;
}

/** The name of a built-in type's node. */
export function typeNameOf(node: Node): string | undefined {
  return names.get(node);
}

function struct(encoded: Extract<EncodedType, { fields: unknown }>): ObjectNode {
  return {
    type: "object",
    fields: new Map(Object.entries(encoded.fields).map(([name, value]) => [name, field(value)])),
    extra: undefined,
    required: encoded.required ?? [],
    atomic: encoded.atomic ?? false,
    defaults: encoded.defaults ?? {},
  };
}

function field(encoded: Encoded): Field {
  const ref = typeof encoded === "string" ? encoded : "ref" in encoded ? encoded.ref : "";
  return {
    node: lazy(encoded),
    present: ref.startsWith("="),
    strategy: typeof encoded === "object" && "strategy" in encoded ? encoded.strategy : undefined,
  };
}

/** Types refer to themselves, so nodes are made when first asked for. */
function lazy(encoded: Encoded): () => Node {
  let node: Node | undefined;
  return () => {
    node ??= compile(encoded);
    return node;
  };
}

function compile(encoded: Encoded): Node {
  if (typeof encoded === "string") {
    const [, name] = encoded.split("#");
    if (name !== undefined) return builtInType(name);
    return encoded === "any" ? anything : { type: "leaf", leaf: encoded as LeafNode["leaf"] };
  }
  if ("ref" in encoded) return compile(encoded.ref);
  if ("map" in encoded) {
    return {
      type: "object",
      fields: new Map(),
      extra: lazy(encoded.map),
      required: [],
      atomic: encoded.atomic ?? false,
      defaults: {},
    };
  }
  return {
    type: "list",
    item: lazy(encoded.list),
    merge: encoded.keys !== undefined ? "map" : encoded.set === true ? "set" : "atomic",
    keys: encoded.keys ?? [],
    patchKey: encoded.mergeKey,
    strategy: encoded.strategy,
  };
}
