import type { KindInfo } from "../ports.ts";

/** Kinds by `kindKey`. */
export type KindTable = ReadonlyMap<string, KindInfo>;

export function kindKey(apiVersion: string, kind: string): string {
  return `${apiVersion} ${kind}`;
}

/** `APIGroupDiscoveryList`: all groups, versions and resources in one document. */
export interface AggregatedDiscovery {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly scope?: string;
        readonly responseKind?: { readonly group?: string; readonly version?: string; readonly kind?: string };
      }[];
    }[];
  }[];
}

/** `APIResourceList`: one group-version, as servers before 1.26 describe it. */
export interface LegacyDiscovery {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

export function kindsOfAggregated(document: AggregatedDiscovery): KindTable {
  const table = new Map<string, KindInfo>();
  for (const { metadata, versions = [] } of document.items ?? []) {
    const group = metadata?.name ?? "";
    for (const { version, resources = [] } of versions) {
      const apiVersion = group === "" ? version : `${group}/${version}`;
      for (const { resource, scope, responseKind } of resources) {
        // Without a kind it cannot be read or written, it is there for subresources only.
        if (responseKind?.kind === undefined || responseKind.kind === "") continue;
        add(table, { apiVersion, kind: responseKind.kind, plural: resource, namespaced: scope === "Namespaced" });
      }
    }
  }
  return table;
}

export function kindsOfLegacy(apiVersion: string, document: LegacyDiscovery): KindTable {
  const table = new Map<string, KindInfo>();
  for (const { name, kind, namespaced } of document.resources ?? []) {
    const isSubresource = name.includes("/");
    if (!isSubresource) add(table, { apiVersion, kind, plural: name, namespaced });
  }
  return table;
}

/** The first resource of a kind is the kind's own. */
function add(table: Map<string, KindInfo>, info: KindInfo): void {
  const key = kindKey(info.apiVersion, info.kind);
  if (!table.has(key)) table.set(key, info);
}
