import type { ApplicationView } from "../../common/domain/index.ts";
import { byTone, healthTone, type Tone } from "./tone.ts";

/** An application over all clusters of an environment. */
export interface ApplicationGroup {
  readonly name: string;
  readonly tone: Tone;
  readonly total: number;
  readonly healthy: number;
  readonly synced: number;
  readonly drifted: number;
  /** Objects whose deletion waits for somebody's word. */
  readonly unconfirmed: number;
  /** What it says where it is not fine, the worst and most frequent first; equal messages are one. */
  readonly failures: readonly ApplicationFailure[];
}

export interface ApplicationFailure {
  readonly tone: Tone;
  /** "Degraded", "OutOfSync". */
  readonly state: string;
  /** One problem a line; may be empty. */
  readonly message: string;
  readonly clusters: readonly string[];
}

/** Failing ones first, then by name. */
export function groupApplications(applications: readonly ApplicationView[]): readonly ApplicationGroup[] {
  const byName = new Map<string, ApplicationView[]>();
  for (const each of applications) {
    const known = byName.get(each.name);
    if (known === undefined) byName.set(each.name, [each]);
    else known.push(each);
  }
  return [...byName]
    .map(([name, items]) => groupOf(name, items))
    .sort((left, right) => byTone(left.tone, right.tone) || left.name.localeCompare(right.name));
}

function groupOf(name: string, items: readonly ApplicationView[]): ApplicationGroup {
  const failures = new Map<string, ApplicationFailure & { clusters: string[] }>();
  const counts = { healthy: 0, synced: 0, drifted: 0, unconfirmed: 0 };
  let tone: Tone = "good";
  for (const item of items) {
    if (item.health === "Healthy") counts.healthy++;
    if (item.sync === "Synced") counts.synced++;
    if (item.drifted > 0) counts.drifted++;
    if (item.blockedPrune?.confirmed === null) counts.unconfirmed += item.blockedPrune.count;
    const own = toneOf(item);
    if (byTone(own, tone) < 0) tone = own;
    if (own === "good") continue;
    const state = item.health === "Healthy" ? item.sync : item.health;
    const key = `${state} ${item.message}`;
    const known = failures.get(key);
    if (known === undefined) {
      failures.set(key, { tone: own, state, message: item.message, clusters: [item.cluster] });
    } else known.clusters.push(item.cluster);
  }
  const sorted = [...failures.values()].sort(
    (left, right) => byTone(left.tone, right.tone) || right.clusters.length - left.clusters.length,
  );
  return { name, tone, total: items.length, ...counts, failures: sorted };
}

/** What is out of sync and says why does not come right by itself. */
export function toneOf({ health, sync, message }: Pick<ApplicationView, "health" | "sync" | "message">): Tone {
  const own = healthTone(health);
  if (own === "bad" || sync === "Synced") return own;
  const synced: Tone = sync === "Unknown" ? "quiet" : message === "" ? "busy" : "warn";
  return byTone(own, synced) < 0 ? own : synced;
}
