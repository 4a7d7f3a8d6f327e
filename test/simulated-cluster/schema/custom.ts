import { at, isObject, type Json, type JsonObject, listAt, textAt } from "../json.ts";
import { builtInType } from "./built-in.ts";
import { anything, type Field, type Node, type ObjectNode } from "./node.ts";

/** The node of a custom kind from the `openAPIV3Schema` of its CRD version. */
export function customType(schema: JsonObject | undefined): ObjectNode {
  const root = schema === undefined ? anything : compile({ type: "object", ...schema });
  const declared = root.type === "object" ? root : undefined;
  const always: [string, Field][] = [
    ["apiVersion", { node: () => ({ type: "leaf", leaf: "string" }), present: false, strategy: undefined }],
    ["kind", { node: () => ({ type: "leaf", leaf: "string" }), present: false, strategy: undefined }],
    ["metadata", { node: () => builtInType("meta.v1.ObjectMeta"), present: false, strategy: undefined }],
  ];
  return {
    type: "object",
    fields: new Map([...(declared?.fields ?? []), ...always]),
    extra: declared === undefined ? () => anything : declared.extra,
    required: declared?.required ?? [],
    atomic: false,
    defaults: {},
  };
}

const leaves = { string: "string", integer: "integer", number: "number", boolean: "boolean" } as const;

function compile(schema: JsonObject): Node {
  if (schema["x-kubernetes-int-or-string"] === true) return { type: "leaf", leaf: "int-or-string" };
  if (schema["x-kubernetes-embedded-resource"] === true && schema["properties"] === undefined) return anything;
  const type = schema["type"];
  if (type === "array") return list(schema);
  if (type === "object" || isObject(schema["properties"])) return object(schema);
  const leaf = typeof type === "string" ? leaves[type as keyof typeof leaves] : undefined;
  return leaf === undefined ? anything : { type: "leaf", leaf };
}

function object(schema: JsonObject): Node {
  const properties = at(schema, "properties");
  const additional = schema["additionalProperties"];
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  return {
    type: "object",
    fields: new Map(
      Object.entries(isObject(properties) ? properties : {}).map(([name, value]): [string, Field] => [
        name,
        { node: lazy(value), present: false, strategy: undefined },
      ]),
    ),
    extra: isObject(additional) ? lazy(additional) : open || additional === true ? () => anything : undefined,
    required: listAt(schema, "required").filter((name) => typeof name === "string"),
    atomic: schema["x-kubernetes-map-type"] === "atomic",
    defaults: {},
  };
}

function list(schema: JsonObject): Node {
  const keys = listAt(schema, "x-kubernetes-list-map-keys").filter((key) => typeof key === "string");
  const listType = textAt(schema, "x-kubernetes-list-type");
  return {
    type: "list",
    item: lazy(schema["items"] ?? {}),
    merge: listType === "map" ? "map" : listType === "set" ? "set" : "atomic",
    keys,
    patchKey: undefined,
    strategy: undefined,
  };
}

function lazy(schema: Json): () => Node {
  let node: Node | undefined;
  return () => {
    node ??= isObject(schema) ? compile(schema) : anything;
    return node;
  };
}

/** Fills in the `default`s that a CRD's schema declares. */
export function withCustomDefaults(schema: Json | undefined, value: Json): Json {
  if (!isObject(schema)) return value;
  if (Array.isArray(value)) return value.map((item: Json) => withCustomDefaults(schema["items"], item));
  if (!isObject(value)) return value;
  const properties = at(schema, "properties");
  const additional = schema["additionalProperties"];
  const result: Record<string, Json> = {};
  for (const [field, child] of Object.entries(value)) {
    result[field] = withCustomDefaults(isObject(properties) ? (properties[field] ?? additional) : additional, child);
  }
  for (const [field, property] of Object.entries(isObject(properties) ? properties : {})) {
    const standard = at(property, "default");
    if (standard !== undefined && result[field] === undefined) result[field] = withCustomDefaults(property, standard);
  }
  return result;
}
