import type { Json, JsonObject } from "../json.ts";
import type { Kind } from "../kinds.ts";

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const subresourceVerbs = ["get", "patch", "update"];

interface GroupVersions {
  readonly group: string;
  readonly versions: readonly string[];
}

function groupsOf(kinds: readonly Kind[]): GroupVersions[] {
  const versions = new Map<string, string[]>();
  for (const { group, version } of kinds) {
    const known = versions.get(group) ?? [];
    if (!known.includes(version)) versions.set(group, [...known, version]);
  }
  // Scale objects are of this version, though no kind of it is stored.
  const scaling = versions.get("autoscaling");
  if (scaling !== undefined && !scaling.includes("v1")) scaling.push("v1");
  return [...versions].map(([group, known]) => ({ group, versions: known }));
}

export function legacyRoot(): JsonObject {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
}

function groupOf({ group, versions }: GroupVersions): JsonObject {
  const listed = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: listed, preferredVersion: listed[0] ?? {} };
}

export function groupList(kinds: readonly Kind[]): JsonObject {
  const groups = groupsOf(kinds).filter(({ group }) => group !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(groupOf) };
}

export function apiGroup(kinds: readonly Kind[], name: string): JsonObject | undefined {
  const found = groupsOf(kinds).find(({ group }) => group === name && group !== "");
  return found === undefined ? undefined : { kind: "APIGroup", apiVersion: "v1", ...groupOf(found) };
}

/** The resources of "apps/v1"; undefined when it is not served. */
export function resourceList(kinds: readonly Kind[], groupVersion: string): JsonObject | undefined {
  const ofVersion = kinds.filter(({ apiVersion }) => apiVersion === groupVersion);
  if (ofVersion.length === 0 && groupVersion !== "autoscaling/v1") return undefined;
  const resources = ofVersion.flatMap((kind): Json[] => [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: kind.virtual ? ["create"] : verbs,
      ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
      ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    },
    ...subresourcesOf(kind).map(({ name, group, version, kind: shown }) => ({
      name: `${kind.plural}/${name}`,
      singularName: "",
      namespaced: kind.namespaced,
      kind: shown,
      verbs: subresourceVerbs,
      ...(shown === kind.kind ? {} : { group, version }),
    })),
  ]);
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources };
}

function subresourcesOf(kind: Kind) {
  const own = { group: kind.group, version: kind.version, kind: kind.kind };
  return [
    ...(kind.hasStatus ? [{ name: "status", ...own }] : []),
    ...(kind.scale === undefined ? [] : [{ name: "scale", group: "autoscaling", version: "v1", kind: "Scale" }]),
  ];
}

/** Everything under /api (core) or /apis (the rest) in one document. */
export function aggregated(kinds: readonly Kind[], core: boolean): JsonObject {
  const groups = groupsOf(kinds).filter(({ group }) => (group === "") === core);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: group === "" ? {} : { name: group },
      versions: versions.map((version) => ({
        version,
        resources: kinds.filter((kind) => kind.group === group && kind.version === version).map(resourceOf),
        freshness: "Current",
      })),
    })),
  };
}

function resourceOf(kind: Kind): JsonObject {
  const subresources = subresourcesOf(kind).map(({ name, group, version, kind: shown }) => ({
    subresource: name,
    responseKind: { group, version, kind: shown },
    verbs: subresourceVerbs,
  }));
  return {
    resource: kind.plural,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.namespaced ? "Namespaced" : "Cluster",
    singularResource: kind.singular,
    verbs: kind.virtual ? ["create"] : verbs,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}
