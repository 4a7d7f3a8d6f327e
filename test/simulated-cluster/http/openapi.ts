import type { Json, JsonObject } from "../json.ts";
import type { Kind } from "../kinds.ts";
import type { Node } from "../schema/node.ts";

/** Index of /openapi/v3. The hash changes with the set of custom kinds, because clients cache by it. */
export function openApiIndex(kinds: readonly Kind[], prefix: string, revision: string): JsonObject {
  const versions = [...new Set(kinds.map(({ apiVersion }) => apiVersion))];
  return {
    paths: Object.fromEntries(
      versions.map((version) => {
        const path = version.includes("/") ? `apis/${version}` : `api/${version}`;
        return [path, { serverRelativeURL: `${prefix}/openapi/v3/${path}?hash=${revision}` }];
      }),
    ),
  };
}

const patchParameters = ["dryRun", "fieldManager", "fieldValidation"].map((name) => ({
  name,
  in: "query",
  schema: { type: "string", uniqueItems: true },
}));

/** What kubectl reads of one group version: which parameters PATCH knows, and how lists merge. */
export function openApiDocument(kinds: readonly Kind[], groupVersion: string): JsonObject | undefined {
  const served = kinds.filter(({ apiVersion }) => apiVersion === groupVersion);
  if (served.length === 0) return undefined;
  const schemas: Record<string, JsonObject> = {};
  const root = groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
  const paths = served.map((kind) => {
    schemas[kind.kind] = { ...schemaOf(kind.type, schemas, 0), "x-kubernetes-group-version-kind": [gvk(kind)] };
    const scope = kind.namespaced ? "/namespaces/{namespace}" : "";
    return [`${root}${scope}/${kind.plural}/{name}`, { patch: patchOperation(kind) }] as const;
  });
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "unversioned" },
    paths: Object.fromEntries(paths),
    components: { schemas },
  };
}

function gvk({ group, version, kind }: Kind): JsonObject {
  return { group, version, kind };
}

function patchOperation(kind: Kind): JsonObject {
  const types = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];
  const strategic = kind.custom === undefined ? ["application/strategic-merge-patch+json"] : [];
  return {
    parameters: patchParameters,
    requestBody: { content: Object.fromEntries([...types, ...strategic].map((type) => [type, {}])) },
    responses: { "200": { description: "OK" } },
    "x-kubernetes-action": "patch",
    "x-kubernetes-group-version-kind": gvk(kind),
  };
}

/** Custom schemas may be endless; what lies this deep merges as a whole anyway. */
const deepest = 14;

function schemaOf(node: Node, schemas: Record<string, JsonObject>, depth: number): JsonObject {
  if (depth > deepest) return { type: "object" };
  if (node.type === "list") {
    return {
      type: "array",
      items: schemaOf(node.item(), schemas, depth + 1),
      ...(node.strategy === undefined ? {} : { "x-kubernetes-patch-strategy": node.strategy }),
      ...(node.patchKey === undefined ? {} : { "x-kubernetes-patch-merge-key": node.patchKey }),
    };
  }
  if (node.type === "object") {
    const properties = [...node.fields].map(([name, field]): [string, Json] => [
      name,
      {
        ...schemaOf(field.node(), schemas, depth + 1),
        ...(field.strategy === undefined ? {} : { "x-kubernetes-patch-strategy": field.strategy }),
      },
    ]);
    return {
      type: "object",
      ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
      ...(node.extra === undefined ? {} : { additionalProperties: schemaOf(node.extra(), schemas, depth + 1) }),
    };
  }
  if (node.leaf === "any") return { type: "object" };
  if (node.leaf === "int-or-string") return { type: "string", format: "int-or-string" };
  return ["integer", "number", "boolean"].includes(node.leaf) ? { type: node.leaf } : { type: "string" };
}
