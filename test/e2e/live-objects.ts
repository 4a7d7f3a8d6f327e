import { inventoryLabel, ownershipLabels, systemNamespace } from "../../common/domain/index.ts";
import type { ControlPlane } from "../controlplane/index.ts";
import { until } from "../programs/index.ts";

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

/**
 * By name, the resource version of every ConfigMap that Drover owns, and of those of its inventory, once that has recorded all that
 * was written: an agent reports health before.
 */
export async function versionsOf(plane: ControlPlane): Promise<Readonly<Record<string, string>>> {
  const inventory = await until("the inventory to be complete", async () => {
    const parts = await list(plane, `/api/v1/namespaces/${systemNamespace}/configmaps?labelSelector=${inventoryLabel}`);
    return parts.every(isComplete) ? parts : undefined;
  });
  return Object.fromEntries(
    [...(await owned(plane)), ...inventory].map(({ metadata }) => [
      `${metadata.namespace}/${metadata.name}`,
      metadata.resourceVersion,
    ]),
  );
}

/** Of what was written and not recorded yet, the digest is empty. */
function isComplete({ data = {} }: ConfigMap): boolean {
  const texts = Object.values(data).map((text) => JSON.parse(text) as { objects?: string[][] });
  return texts.every(({ objects = [] }) => objects.every((row) => row[6] !== ""));
}

/** Where a history begins that `changesSince` can tell. */
export async function versionNow(plane: ControlPlane): Promise<string> {
  const { text } = await plane.request({ path: "/api/v1/namespaces/default/configmaps?limit=1" });
  return (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

/** Every change of the ConfigMaps of "default" since then until now, in order. */
export async function changesSince(plane: ControlPlane, version: string): Promise<readonly WatchEvent[]> {
  const path = "/api/v1/namespaces/default/configmaps";
  const body = { metadata: { generateName: "now-" } };
  const made = await plane.request({ method: "POST", path, body });
  const { name: now } = (JSON.parse(made.text) as ConfigMap).metadata;
  // How much of the past a watch tells before it ends depends on how busy the machine is.
  return until("the history up to now", async () => {
    const { text } = await plane.request({ path: `${path}?watch=1&resourceVersion=${version}&timeoutSeconds=1` });
    const events = text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as WatchEvent);
    const end = events.findIndex(({ object }) => object.metadata.name === now);
    return end === -1
      ? undefined
      : events.slice(0, end).filter(({ object }) => !object.metadata.name.startsWith("now-"));
  });
}

/** How often the agents asked this API server, which must audit its administrator, for what could change an object. */
export function writesOf(plane: ControlPlane): number {
  const asked = plane.audited().filter(({ userAgent }) => userAgent.startsWith("drover-agent/"));
  if (asked.length === 0) throw new Error("No request of an agent was audited");
  return asked.filter(({ verb }) => !["get", "list", "watch"].includes(verb)).length;
}

const owned = (plane: ControlPlane) =>
  list(plane, `/api/v1/configmaps?labelSelector=${encodeURIComponent(ownershipLabels.application)}`);

async function list(plane: ControlPlane, path: string): Promise<readonly ConfigMap[]> {
  const { status, text } = await plane.request({ path });
  if (status !== 200) throw new Error(`${path} answers ${status}: ${text}`);
  return (JSON.parse(text) as { items: ConfigMap[] }).items;
}
