import { at, isObject, type Json, type JsonObject, type KubeObject, listAt, textAt } from "./json.ts";
import { type BuiltInKind, builtInKinds, builtInType } from "./schema/built-in.ts";
import { customType } from "./schema/custom.ts";
import type { ObjectNode } from "./schema/node.ts";

/** A served kind in one version. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  /** "apps/v1", "v1". */
  readonly apiVersion: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
  /** Answered, not stored. */
  readonly virtual: boolean;
  /** Where all versions of the kind are stored together. */
  readonly key: string;
  readonly type: ObjectNode;
  readonly custom: CustomKind | undefined;
}

/** Dotted paths into the object. */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  readonly selector: readonly string[] | undefined;
}

export interface CustomKind {
  readonly crd: string;
  readonly schema: JsonObject | undefined;
  readonly columns: readonly Json[];
  readonly selectableFields: readonly string[];
}

const builtInScale: ScalePaths = {
  specReplicas: ["spec", "replicas"],
  statusReplicas: ["status", "replicas"],
  selector: ["spec", "selector"],
};

function fromBuiltIn(row: BuiltInKind): Kind {
  const { group, version, kind, plural, subresources = [] } = row;
  return {
    group,
    version,
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    listKind: `${kind}List`,
    plural,
    singular: row.singular,
    namespaced: row.namespaced,
    shortNames: row.shortNames ?? [],
    categories: row.categories ?? [],
    hasStatus: subresources.includes("status"),
    scale: subresources.includes("scale") ? builtInScale : undefined,
    virtual: row.virtual ?? false,
    key: `${group}/${plural}`,
    type: builtInType(row.type) as ObjectNode,
    custom: undefined,
  };
}

const builtIn: readonly Kind[] = builtInKinds.map(fromBuiltIn);
const builtInByGvk = new Map(builtIn.map((kind) => [`${kind.apiVersion} ${kind.kind}`, kind]));
const builtInByPath = new Map(builtIn.map((kind) => [`${kind.apiVersion} ${kind.plural}`, kind]));

/** A built-in kind by name; throws when there is none. */
export function builtInKind(apiVersion: string, kind: string): Kind {
  const found = builtInByGvk.get(`${apiVersion} ${kind}`);
  if (found === undefined) throw new Error(`No built-in kind "${apiVersion} ${kind}"`);
  return found;
}

/** The served versions of a CRD as kinds. */
export function kindsOfCrd(crd: KubeObject): Kind[] {
  const group = textAt(crd, "spec", "group") ?? "";
  const names = at(crd, "spec", "names");
  const plural = textAt(names, "plural") ?? "";
  return listAt(crd, "spec", "versions")
    .filter((version) => at(version, "served") === true)
    .map((version) => {
      const schema = at(version, "schema", "openAPIV3Schema");
      const name = textAt(version, "name") ?? "";
      const kind = textAt(names, "kind") ?? "";
      return {
        group,
        version: name,
        apiVersion: `${group}/${name}`,
        kind,
        listKind: textAt(names, "listKind") ?? `${kind}List`,
        plural,
        singular: textAt(names, "singular") ?? kind.toLowerCase(),
        namespaced: textAt(crd, "spec", "scope") === "Namespaced",
        shortNames: texts(at(names, "shortNames")),
        categories: texts(at(names, "categories")),
        hasStatus: at(version, "subresources", "status") !== undefined,
        scale: customScale(at(version, "subresources", "scale")),
        virtual: false,
        key: `${group}/${plural}`,
        type: customType(isObject(schema) ? schema : undefined),
        custom: {
          crd: crd.metadata.name,
          schema: isObject(schema) ? schema : undefined,
          columns: listAt(version, "additionalPrinterColumns"),
          selectableFields: listAt(version, "selectableFields").flatMap((field) => textAt(field, "jsonPath") ?? []),
        },
      };
    });
}

function texts(list: Json | undefined): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
}

function customScale(scale: Json | undefined): ScalePaths | undefined {
  if (scale === undefined) return undefined;
  const path = (name: string) =>
    textAt(scale, name)
      ?.split(".")
      .filter((step) => step !== "");
  return {
    specReplicas: path("specReplicasPath") ?? [],
    statusReplicas: path("statusReplicasPath") ?? [],
    selector: path("labelSelectorPath"),
  };
}

/** The kinds one cluster serves: the built-in ones, shared by all, and those of its CRDs. */
export interface KindTable {
  byPath(apiVersion: string, plural: string): Kind | undefined;
  byGvk(apiVersion: string, kind: string): Kind | undefined;
  byKey(key: string): Kind | undefined;
  all(): readonly Kind[];
  /** Replaces what the CRD served. */
  setCrd(crd: KubeObject): void;
  removeCrd(name: string): void;
  /** Changes with every CRD. */
  revision(): number;
}

export function createKindTable(): KindTable {
  const custom = new Map<string, readonly Kind[]>();
  let revision = 0;
  const find = (matches: (kind: Kind) => boolean) => {
    for (const kinds of custom.values()) {
      const found = kinds.find(matches);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    byPath: (apiVersion, plural) =>
      builtInByPath.get(`${apiVersion} ${plural}`) ??
      find((kind) => kind.apiVersion === apiVersion && kind.plural === plural),
    byGvk: (apiVersion, name) =>
      builtInByGvk.get(`${apiVersion} ${name}`) ?? find((kind) => kind.apiVersion === apiVersion && kind.kind === name),
    byKey: (key) => builtIn.find((kind) => kind.key === key) ?? find((kind) => kind.key === key),
    all: () => (custom.size === 0 ? builtIn : [...builtIn, ...[...custom.values()].flat()]),
    setCrd(crd) {
      custom.set(crd.metadata.name, kindsOfCrd(crd));
      revision++;
    },
    removeCrd(name) {
      if (custom.delete(name)) revision++;
    },
    revision: () => revision,
  };
}
