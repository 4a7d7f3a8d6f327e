import { inventoryLabel, ownershipLabels, systemNamespace } from "../../common/domain/index.ts";
import type { ControlPlane } from "../controlplane/index.ts";

interface ConfigMap {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>>;
}

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: ConfigMap;
}

/** The data of a ConfigMap in "default"; undefined where there is none. */
export async function dataOf(plane: ControlPlane, name: string): Promise<Record<string, string> | undefined> {
  const { status, text } = await plane.request({ path: `/api/v1/namespaces/default/configmaps/${name}` });
  return status === 404 ? undefined : (JSON.parse(text) as { data: Record<string, string> }).data;
}

/** Names of the ConfigMaps that Drover owns, sorted. */
export async function ownedNames(plane: ControlPlane): Promise<readonly string[]> {
  return (await owned(plane)).map(({ metadata }) => metadata.name).sort();
}

/** By name, the resource version of every ConfigMap that Drover owns, and of those of its inventory. */
export async function versionsOf(plane: ControlPlane): Promise<Readonly<Record<string, string>>> {
  const inventory = await list(
    plane,
    `/api/v1/namespaces/${systemNamespace}/configmaps?labelSelector=${inventoryLabel}`,
  );
  return Object.fromEntries(
    [...(await owned(plane)), ...inventory].map(({ metadata }) => [
      `${metadata.namespace}/${metadata.name}`,
      metadata.resourceVersion,
    ]),
  );
}

/** Where a history begins that `changesSince` can tell. */
export async function versionNow(plane: ControlPlane): Promise<string> {
  const { text } = await plane.request({ path: "/api/v1/namespaces/default/configmaps?limit=1" });
  return (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

/** Every change of the ConfigMaps of "default" since then, in order. */
export async function changesSince(plane: ControlPlane, version: string): Promise<readonly WatchEvent[]> {
  const query = `watch=1&resourceVersion=${version}&timeoutSeconds=1`;
  const { text } = await plane.request({ path: `/api/v1/namespaces/default/configmaps?${query}` });
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as WatchEvent);
}

/** What the API server writes by itself, some of it every ten seconds (its own endpoints, refused for a loopback address). */
const housekeeping = /resource="(leases|apiservices|flowschemas|prioritylevelconfigurations|endpoints|ipaddresses)"/;

/** How many requests this API server got that could change an object, its own housekeeping left out. */
export async function writesOf(plane: ControlPlane): Promise<number> {
  const { text } = await plane.request({ path: "/metrics" });
  let writes = 0;
  for (const line of text.split("\n")) {
    const [, labels = "", count] = /^apiserver_request_total\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (count === undefined || !/verb="(APPLY|PATCH|POST|PUT|DELETE|DELETECOLLECTION)"/.test(labels)) continue;
    if (housekeeping.test(labels)) continue;
    writes += Number(count);
  }
  return writes;
}

const owned = (plane: ControlPlane) =>
  list(plane, `/api/v1/configmaps?labelSelector=${encodeURIComponent(ownershipLabels.application)}`);

async function list(plane: ControlPlane, path: string): Promise<readonly ConfigMap[]> {
  const { status, text } = await plane.request({ path });
  if (status !== 200) throw new Error(`${path} answers ${status}: ${text}`);
  return (JSON.parse(text) as { items: ConfigMap[] }).items;
}
