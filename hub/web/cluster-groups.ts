import type { ClusterView } from "../../common/domain/index.ts";
import { toneOf } from "./application-groups.ts";
import { healthTone, type Tone } from "./tone.ts";

/** What clusters are told apart by; from what needs somebody to what needs nobody. */
const kinds = [
  { kind: "failing", tone: "bad", title: "Not healthy" },
  { kind: "offline", tone: "warn", title: "Offline" },
  { kind: "stuck", tone: "warn", title: "Out of sync, and saying why" },
  { kind: "drifted", tone: "warn", title: "Drifted" },
  { kind: "updating", tone: "busy", title: "Updating" },
  { kind: "suspended", tone: "quiet", title: "Suspended" },
  { kind: "pending", tone: "quiet", title: "Not joined yet" },
  { kind: "revoked", tone: "quiet", title: "Revoked" },
  { kind: "unused", tone: "quiet", title: "In no environment" },
  { kind: "fine", tone: "good", title: "Healthy and in sync" },
] as const satisfies readonly { kind: string; tone: Tone; title: string }[];
export type ClusterKind = (typeof kinds)[number]["kind"];

export interface ClusterGroup {
  readonly kind: ClusterKind;
  readonly tone: Tone;
  readonly title: string;
  readonly clusters: readonly ClusterView[];
}

/** Groups that have clusters, what needs somebody first; within one in the order given. */
export function groupClusters(clusters: readonly ClusterView[], environment?: string): readonly ClusterGroup[] {
  const groups = new Map<ClusterKind, ClusterView[]>(kinds.map(({ kind }) => [kind, []]));
  for (const cluster of clusters) groups.get(clusterKind(cluster, environment))?.push(cluster);
  return kinds
    .map((each) => ({ ...each, clusters: groups.get(each.kind) ?? [] }))
    .filter((group) => group.clusters.length > 0);
}

/** What a cluster is, in one environment or, by the worst of them, in all. */
export function clusterKind(cluster: ClusterView, environment?: string): ClusterKind {
  if (cluster.identity !== "active") return cluster.identity;
  const views = cluster.environments.filter(({ name }) => environment === undefined || name === environment);
  if (views.some(({ health }) => healthTone(health) === "bad")) return "failing";
  if (!cluster.connected) return "offline";
  if (views.length === 0) return "unused";
  if (views.some(({ suspended }) => suspended !== null)) return "suspended";
  const tones = views.map(toneOf);
  if (tones.includes("warn")) return "stuck";
  if (tones.includes("busy") || tones.includes("quiet")) return "updating";
  return views.some(({ drifted }) => drifted > 0) ? "drifted" : "fine";
}

export function kindTone(kind: ClusterKind): Tone {
  return kinds.find((each) => each.kind === kind)?.tone ?? "quiet";
}

/** Those of which the name, a label ("region=eu") or an environment has all words. */
export function searchClusters(clusters: readonly ClusterView[], words: string): readonly ClusterView[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return clusters;
  return clusters.filter(({ name, labels, environments }) => {
    const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const text = [name, ...pairs, ...environments.map((each) => each.name)].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** By environment, those in none last; a cluster of two environments is in both. */
export function clustersByEnvironment(
  clusters: readonly ClusterView[],
): readonly { readonly environment: string | undefined; readonly clusters: readonly ClusterView[] }[] {
  const members = new Map<string | undefined, ClusterView[]>();
  for (const cluster of clusters) {
    const names = cluster.environments.length === 0 ? [undefined] : cluster.environments.map(({ name }) => name);
    for (const name of names) {
      const known = members.get(name);
      if (known === undefined) members.set(name, [cluster]);
      else known.push(cluster);
    }
  }
  return [...members]
    .map(([environment, own]) => ({ environment, clusters: own }))
    .sort((left, right) => Number(left.environment === undefined) - Number(right.environment === undefined));
}
