/**
 * Writes gen/kubernetes.json: field names, types and merge rules of the built-in kinds, as facts read from a real API server.
 * Usage: tsx test/simulated-cluster/schema/generate.ts KUBECTL (with KUBECONFIG set).
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

interface OpenApi {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly default?: unknown;
  readonly allOf?: readonly OpenApi[];
  readonly oneOf?: readonly OpenApi[];
  readonly items?: OpenApi;
  readonly properties?: Readonly<Record<string, OpenApi>>;
  readonly additionalProperties?: OpenApi;
  readonly required?: readonly string[];
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

interface Resource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

const kubectl = process.argv[2] ?? "kubectl";
/** Reviews are answered, not stored; they have no list verb. */
const virtual = new Set(["selfsubjectaccessreviews", "selfsubjectreviews", "selfsubjectrulesreviews"]);

function raw<T>(path: string): T {
  return JSON.parse(execFileSync(kubectl, ["get", "--raw", path], { maxBuffer: 1 << 28 }).toString()) as T;
}

function shortName(ref: string): string {
  return (ref.split("/").at(-1) ?? ref)
    .replace("io.k8s.api.", "")
    .replace(/io\.k8s\.(apimachinery|apiextensions-apiserver|kube-aggregator)\.pkg\.((apis|api|util)\.)?/, "");
}

const scalars: Readonly<Record<string, string>> = {
  "resource.Quantity": "quantity",
  "intstr.IntOrString": "int-or-string",
  "meta.v1.Time": "time",
  "meta.v1.MicroTime": "time",
  "meta.v1.FieldsV1": "any",
  "runtime.RawExtension": "any",
};

const types: Record<string, unknown> = {};

function node(schema: OpenApi, wanted: Set<string>): unknown {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref !== undefined) {
    const name = shortName(ref);
    const scalar = scalars[name];
    if (scalar !== undefined) return scalar;
    wanted.add(name);
    const present = JSON.stringify(schema.default) === "{}" ? "=" : "";
    const strategy = schema["x-kubernetes-patch-strategy"];
    return strategy === undefined ? `${present}#${name}` : { ref: `${present}#${name}`, strategy };
  }
  if (schema.type === "array") {
    const strategy = schema["x-kubernetes-patch-strategy"] as string | undefined;
    const mergeKey = schema["x-kubernetes-patch-merge-key"] as string | undefined;
    const keys = schema["x-kubernetes-list-map-keys"];
    const listType = schema["x-kubernetes-list-type"];
    return {
      list: node(schema.items ?? {}, wanted),
      ...(listType === "map" ? { keys } : {}),
      ...(listType === "set" ? { set: true } : {}),
      ...(listType === undefined && strategy?.includes("merge") === true && mergeKey !== undefined
        ? { keys: [mergeKey] }
        : {}),
      ...(strategy === undefined ? {} : { strategy }),
      ...(mergeKey === undefined ? {} : { mergeKey }),
    };
  }
  if (schema.type === "object" && schema.additionalProperties !== undefined) {
    const atomic = schema["x-kubernetes-map-type"] === "atomic";
    return { map: node(schema.additionalProperties, wanted), ...(atomic ? { atomic } : {}) };
  }
  if (schema.type === "string") return schema.format === "byte" ? "bytes" : "string";
  return schema.type === "integer" || schema.type === "number" || schema.type === "boolean" ? schema.type : "any";
}

function addType(name: string, schemas: ReadonlyMap<string, OpenApi>): void {
  if (types[name] !== undefined) return;
  const schema = schemas.get(name);
  if (schema === undefined) throw new Error(`Type "${name}" is not in the document`);
  const wanted = new Set<string>();
  if (schema.properties === undefined) {
    types[name] = schema.type === "object" && schema.additionalProperties !== undefined ? node(schema, wanted) : "any";
  } else {
    const entries = Object.entries(schema.properties);
    const defaults = entries.filter(
      ([, { default: value }]) =>
        value !== undefined && value !== "" && value !== 0 && value !== false && typeof value !== "object",
    );
    types[name] = {
      fields: Object.fromEntries(entries.map(([field, value]) => [field, node(value, wanted)])),
      ...(schema.required === undefined ? {} : { required: schema.required }),
      ...(schema["x-kubernetes-map-type"] === "atomic" ? { atomic: true } : {}),
      ...(defaults.length === 0
        ? {}
        : { defaults: Object.fromEntries(defaults.map(([field, value]) => [field, value.default])) }),
    };
  }
  for (const next of wanted) addType(next, schemas);
}

interface KindRow {
  readonly group: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

function kindsOf(group: string, version: string): KindRow[] {
  const root = group === "" ? `api/${version}` : `apis/${group}/${version}`;
  const { resources } = raw<{ resources: Resource[] }>(`/${root}`);
  const document = raw<{ components: { schemas: Record<string, OpenApi> } }>(`/openapi/v3/${root}`);
  const schemas = new Map(
    Object.entries(document.components.schemas).map(([name, schema]) => [shortName(name), schema]),
  );
  const rows: KindRow[] = [];
  for (const { name, singularName, kind, namespaced, verbs, shortNames, categories } of resources) {
    if (name.includes("/") || !(verbs.includes("list") || virtual.has(name)) || name === "componentstatuses") continue;
    const [type] =
      [...schemas].find(([, schema]) =>
        (
          schema["x-kubernetes-group-version-kind"] as { group: string; version: string; kind: string }[] | undefined
        )?.some((gvk) => gvk.group === group && gvk.version === version && gvk.kind === kind),
      ) ?? [];
    if (type === undefined) throw new Error(`No type for ${group}/${version} ${kind}`);
    addType(type, schemas);
    const subresources = resources.flatMap((other) =>
      other.name === `${name}/status` || other.name === `${name}/scale` ? [other.name.split("/")[1]] : [],
    );
    rows.push({
      group,
      version,
      kind,
      plural: name,
      singular: singularName,
      namespaced,
      ...(shortNames === undefined ? {} : { shortNames }),
      ...(categories === undefined ? {} : { categories }),
      ...(subresources.length === 0 ? {} : { subresources }),
      ...(verbs.includes("list") ? {} : { virtual: true }),
      type,
    });
  }
  return rows;
}

const { groups } = raw<{ groups: { name: string; versions: { version: string }[] }[] }>("/apis");
const served = [
  { group: "", version: "v1" },
  ...groups.flatMap(({ name, versions }) => versions.map(({ version }) => ({ group: name, version }))),
];
/** Second versions of a kind would need conversion, the rest nobody deploys. */
const skipped = new Set([
  "authentication.k8s.io/v1",
  "autoscaling/v1",
  "certificates.k8s.io/v1",
  "events.k8s.io/v1",
  "flowcontrol.apiserver.k8s.io/v1",
  "resource.k8s.io/v1",
]);
const kinds = served
  .filter(({ group, version }) => !skipped.has(`${group}/${version}`))
  .flatMap(({ group, version }) => kindsOf(group, version));
const { gitVersion } = raw<{ gitVersion: string }>("/version");
const lines = [
  `{"version":${JSON.stringify(gitVersion)},`,
  `"kinds":[\n${kinds.map((kind) => JSON.stringify(kind)).join(",\n")}\n],`,
  `"types":{\n${Object.entries(types)
    .map(([name, type]) => `${JSON.stringify(name)}:${JSON.stringify(type)}`)
    .join(",\n")}\n}}`,
];
writeFileSync(new URL("gen/kubernetes.json", import.meta.url), `${lines.join("\n")}\n`);
