import type { ClusterSelector } from "./cluster-selector.ts";

/** A number of clusters: a plain count, or a share of all of them, rounded to whole clusters but never below `atLeast`. */
export type ClusterCount =
  | { readonly count: number; readonly percent?: never }
  | { readonly percent: number; readonly atLeast: number; readonly count?: never };

/** How a revision goes through one environment; `rollout:` of fleet.yaml after validation, nothing left open. */
export interface RolloutPolicy {
  /** One after another; at least one. */
  readonly waves: readonly WavePolicy[];
  /** By name; waves refer to them. */
  readonly gates: Readonly<Record<string, GatePolicy>>;
  /** Failed clusters that are borne in all waves together; undefined: what the waves bear. */
  readonly maxFailures: ClusterCount | undefined;
  /** "continue": failed clusters only keep their place in `maxUnavailable`. */
  readonly onFailure: "pause" | "rollback" | "continue";
  /** A newer revision takes over from the first wave, or waits for its turn. */
  readonly onNewRevision: "supersede" | "queue";
  /** A cluster that two waves select blocks the start, or belongs to the first of them. */
  readonly onOverlap: "block" | "first";
  /** What a cluster that joins in the middle of a rollout gets at once. */
  readonly join: "released" | "current";
  /** Clusters that are offline when it is their turn are left for later, or waited for. */
  readonly offline: "skip" | "wait";
  readonly windows: DeploymentWindows | undefined;
  readonly pacing: Pacing;
}

export interface WavePolicy {
  readonly name: string;
  readonly clusters: WaveClusters;
  /** Clusters of the wave that may be away from healthy at a time because of the rollout. */
  readonly maxUnavailable: ClusterCount;
  /** Failed clusters of the wave that are borne. */
  readonly maxFailures: ClusterCount;
  /** Time for which all updated clusters of the wave must have been healthy without a break. */
  readonly bakeMs: number;
  /** Time that a cluster has from being told to being healthy. */
  readonly progressDeadlineMs: number;
  /** Names of gates, all at once, before the first cluster and after the last. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * Counts, shares and the rest are taken by name from the clusters that no wave selects by label or name; shares are of all
 * clusters of the environment, rounded up.
 */
export type WaveClusters =
  | { readonly type: "labels"; readonly selector: ClusterSelector }
  | { readonly type: "names"; readonly names: readonly string[] }
  | { readonly type: "count"; readonly count: number }
  | { readonly type: "percent"; readonly percent: number }
  | { readonly type: "rest" };

export interface Pacing {
  /** Clusters that may be updating at a time; undefined: as `maxUnavailable` allows. */
  readonly parallelism: number | undefined;
  /** Least time between two starts, and up to how much more, by seed. */
  readonly intervalMs: number;
  readonly jitterMs: number;
  /** Clusters with the same value of this label pull from one registry: so many of them may be updating at a time. */
  readonly registry: { readonly label: string; readonly parallelism: number } | undefined;
}

export type GatePolicy =
  | { readonly type: "approval"; readonly count: number; readonly from: readonly string[] }
  /** Of the clusters of the wave, or of the environment, that were told the revision and can be reached, so many are healthy. */
  | {
      readonly type: "health";
      readonly quorum: ClusterCount;
      readonly scope: "wave" | "environment";
      readonly timeoutMs: number;
    }
  | (CheckTiming & { readonly type: "http"; readonly url: string; readonly status: number })
  | (CheckTiming & {
      readonly type: "prometheus";
      readonly url: string;
      readonly query: string;
      readonly condition: { readonly operator: "<" | "<=" | ">" | ">=" | "==" | "!="; readonly value: number };
    })
  /** `manifest`: path of a Job, relative to the root of the repository; `cluster` undefined: in every cluster of the wave. */
  | (CheckTiming & {
      readonly type: "job";
      readonly manifest: string;
      readonly namespace: string;
      readonly cluster: string | undefined;
    })
  /** Server-side dry-run on every cluster of the environment that can be reached. */
  | (CheckTiming & { readonly type: "dryRun"; readonly maxFailures: ClusterCount });

export interface CheckTiming {
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Attempts that may fail before the gate has failed, `intervalMs` apart. */
  readonly attempts: number;
  readonly intervalMs: number;
}

/** When a wave may start. A moment is open when an `allow` covers it (or there is none) and no `deny` does. */
export interface DeploymentWindows {
  /** IANA name. */
  readonly timeZone: string;
  readonly allow: readonly TimeWindow[];
  readonly deny: readonly TimeWindow[];
  /** A wave that has started is finished, or takes no further cluster, when the window closes. */
  readonly onClose: "finishWave" | "stop";
}

export type TimeWindow =
  /** Opens at each match of the expression in the time zone. */
  | { readonly type: "cron"; readonly cron: string; readonly durationMs: number; readonly reason: string }
  /** Milliseconds since 1970, `toMs` not included. */
  | { readonly type: "dates"; readonly fromMs: number; readonly toMs: number; readonly reason: string };

/** Every part with its gentlest value: one wave, in which what is not healthy keeps its place. */
export const defaultRolloutPolicy: RolloutPolicy = {
  waves: [
    {
      name: "all",
      clusters: { type: "rest" },
      maxUnavailable: { percent: 25, atLeast: 10 },
      maxFailures: { count: 0 },
      bakeMs: 0,
      progressDeadlineMs: 600_000,
      before: [],
      after: [],
    },
  ],
  gates: {},
  maxFailures: undefined,
  onFailure: "continue",
  onNewRevision: "supersede",
  onOverlap: "first",
  join: "released",
  offline: "skip",
  windows: undefined,
  pacing: { parallelism: undefined, intervalMs: 0, jitterMs: 0, registry: undefined },
};

/** Whole clusters out of `total`: percentages round down, but never below `atLeast`. */
export function clustersIn(count: ClusterCount, total: number): number {
  if (count.percent === undefined) return count.count;
  return Math.max(count.atLeast, Math.floor((count.percent * total) / 100));
}
