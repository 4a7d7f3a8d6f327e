import type { HealthState, RolloutPolicy } from "../../common/domain/index.ts";
import type { WindowMoment } from "../../common/windows/index.ts";

/**
 * All that is known about rollouts of one environment: plain JSON, a function of the events so far. Times are milliseconds
 * since 1970. What a cluster is to run is `assigned` in its entry; effects only hurry.
 */
export interface RolloutState {
  readonly environment: string;
  readonly policy: RolloutPolicy;
  /** Newest revision that went through all waves; undefined before the first did. */
  readonly released: string | undefined;
  /** The rollout that runs, or the last that ended: clusters that return or join catch up with it. */
  readonly run: Run | undefined;
  /** Revisions that wait for their turn, oldest first. */
  readonly queue: readonly Release[];
  /** What the hold keeps waiting: the newest revision that came meanwhile. */
  readonly heldBack: Release | undefined;
  /** No automation starts a rollout until a person lifts it. */
  readonly hold: Hold | undefined;
  /** Automation never takes these again; newest last, at most 50. */
  readonly quarantine: readonly Quarantined[];
  readonly clusters: ClusterTable;
  /** Newest last, at most 200. */
  readonly history: readonly Transition[];
  /** Rollouts that ended, newest last, at most 20. */
  readonly past: readonly PastRun[];
  /** Told to nobody yet, at most 50: each goes away with its "notified" event. */
  readonly notices: readonly Notice[];
  /** When to tick at the latest; undefined: nothing waits for time. */
  readonly wakeAt: number | undefined;
  /** Counts transitions: makes ids of notices. */
  readonly transitions: number;
}

/**
 * Entries by cluster, split by a hash of the name, so that a change copies and saves one small part of ten thousand.
 * Never changed in place: parts that are the same object are the same.
 */
export interface ClusterTable {
  readonly size: number;
  /** Their number is a power of two. */
  readonly parts: readonly ClusterPart[];
}

export type ClusterPart = Readonly<Record<string, ClusterProgress>>;

/** A revision as it reached the environment's branch. */
export interface Release {
  /** Unique; ids of gates and notices are made from it. */
  readonly id: string;
  readonly revision: string;
  /** Who wrote or promoted it: they may not approve it. */
  readonly authors: readonly string[];
  /** A person chose it for this environment, by promotion or by a push of their own. */
  readonly manual: boolean;
  /** Revision whose change it takes back. */
  readonly revertOf: string | undefined;
  /** For jitter; any whole number. */
  readonly seed: number;
}

export interface Hold {
  readonly reason: string;
  readonly by: string;
  readonly since: number;
}

export interface Quarantined {
  readonly revision: string;
  readonly reason: string;
  readonly since: number;
  /** Who rolled it back by hand; absent: it failed. */
  readonly by?: string;
}

export interface Run extends Release {
  /** "rollback": to the clusters that the reverted revision had reached, without gates, windows and bake. */
  readonly kind: "forward" | "rollback";
  readonly startedAt: number;
  readonly phase: RunPhase;
  /** Index of the current wave. */
  readonly wave: number;
  readonly waves: readonly WaveProgress[];
  /** Attempts at gates so far: makes their ids. */
  readonly asked: number;
  /** By "wave/before/gate" and "wave/after/gate". */
  readonly gates: Readonly<Record<string, GateProgress>>;
  /** Clusters that fail now, at most 20: what the sentence about a failure is made of. */
  readonly failures: readonly Failure[];
  /** By value of the registry label: clusters that are updating. */
  readonly pulling: Readonly<Record<string, number>>;
  /** Windows are ignored for this run. */
  readonly override: Hold | undefined;
  /** What the windows said last; `until` undefined: for ever. */
  readonly window: WindowMoment | undefined;
}

/** Each says since when; what it waits for is in `waitingFor`. */
export type RunPhase =
  /** The waves cannot be made: see `reason`. */
  | { readonly name: "blocked"; readonly since: number; readonly reason: string }
  /** For its window and the gates before the current wave. */
  | { readonly name: "waiting"; readonly since: number }
  | { readonly name: "updating"; readonly since: number }
  /** All updated clusters of the wave are healthy without a break since. */
  | { readonly name: "baking"; readonly since: number }
  /** For the gates after the current wave. */
  | { readonly name: "verifying"; readonly since: number }
  | {
      readonly name: "paused";
      readonly since: number;
      readonly cause: "operator" | "failure";
      readonly by: string;
      readonly reason: string;
      /** What failed: clusters may become healthy by themselves, the rest waits for somebody. */
      readonly failed?: "clusters" | "gate" | "revert";
    }
  /** For the revert commit. */
  | {
      readonly name: "reverting";
      readonly since: number;
      readonly reason: string;
      readonly pending: string | undefined;
    }
  | { readonly name: "done"; readonly since: number }
  | { readonly name: "aborted"; readonly since: number; readonly by: string; readonly reason: string };

export interface WaveProgress {
  readonly name: string;
  readonly status: "pending" | "current" | "passed" | "skipped";
  readonly counts: Readonly<Record<ClusterPhase, number>>;
  /** Waiting clusters that an earlier revision left unhealthy. */
  readonly disturbed: number;
  /** Clusters that this run told; the wave fails when none of them became healthy. */
  readonly told: number;
  /** In order, by registry; `next` is the first that was not looked at yet. */
  readonly queues: readonly WaveQueue[];
  /** Came back or joined: looked at before the queues. */
  readonly late: WaveQueue;
  readonly startedAt: number | undefined;
  /** Pacing: no start before. */
  readonly nextStartAt: number;
  /** Some cluster may be over its deadline then. */
  readonly sweepAt: number | undefined;
}

export interface WaveQueue {
  readonly registry: string;
  readonly names: readonly string[];
  readonly next: number;
}

export type ClusterPhase = (typeof clusterPhases)[number];
export const clusterPhases = ["waiting", "updating", "healthy", "failed", "debt"] as const;

/** Why a cluster does not run the revision although it was its turn; it catches up as soon as it can. */
export type DebtReason = "offline" | "suspended" | "held" | "lost" | "broken" | "skipped";

export interface ClusterProgress {
  readonly labels: Readonly<Record<string, string>>;
  /** -1: no part of the run. */
  readonly wave: number;
  readonly phase: ClusterPhase;
  readonly since: number;
  /** Revision that it was last told; undefined: none yet. */
  readonly assigned?: string;
  readonly online: boolean;
  readonly reported?: ClusterReport;
  readonly debt?: DebtReason;
  /** It is in a queue of its wave. */
  readonly queued?: true;
  /** An earlier revision left it unhealthy. */
  readonly disturbed?: true;
  /** It was unhealthy when it was told: by our doing, or before we came. */
  readonly ill?: "disturbed" | "before";
  /** Why nobody may change it now. */
  readonly suspended?: string;
  /** Why the hub cannot make the revision for it. */
  readonly held?: { readonly revision: string; readonly reason: string };
}

export interface ClusterReport {
  readonly revision: string;
  /** All of the revision was written. */
  readonly applied: boolean;
  readonly health: HealthState;
  /** First problem, one line. */
  readonly message: string;
}

export interface GateProgress {
  /** Of the present attempt: answers to other ones are ignored. */
  readonly id: string;
  /** "pending": it failed and is tried again at `nextAt`. */
  readonly state: "running" | "pending" | "passed" | "failed";
  readonly since: number;
  readonly attempt: number;
  /** End of the attempt, or start of the next one. */
  readonly nextAt: number | undefined;
  readonly message: string;
  readonly approvedBy: readonly string[];
}

export interface Failure {
  readonly cluster: string;
  readonly wave: string;
  readonly message: string;
}

export interface Transition {
  readonly at: number;
  readonly revision: string;
  readonly what: string;
  /** "drover" when it happened by itself. */
  readonly actor: string;
  readonly reason: string;
}

export interface PastRun {
  readonly id: string;
  readonly revision: string;
  readonly kind: Run["kind"];
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: "done" | "aborted" | "superseded" | "rolledBack";
  readonly reason: string;
}

export interface Notice {
  readonly id: string;
  readonly at: number;
  readonly severity: "info" | "warning" | "error";
  readonly message: string;
}
