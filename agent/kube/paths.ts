import type { KindInfo } from "../ports.ts";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** "/api/v1" or "/apis/apps/v1". */
export function groupVersionPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The collection of a kind: in one namespace, or with "" in all of them. */
export function collectionPath(kind: KindInfo, namespace: string): string {
  const scope = kind.namespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${groupVersionPath(kind.apiVersion)}${scope}/${kind.plural}`;
}

/** Names are case-sensitive and may hold ":" (RBAC), so they go in encoded and otherwise untouched. */
export function objectPath(kind: KindInfo, namespace: string, name: string): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) parameters.set(key, String(value));
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}
