/** What people see of the rollouts of one environment; the JSON of `drover get rollouts`. Times are ISO 8601. */
export interface RolloutView {
  readonly environment: string;
  /** "idle": nothing was rolled out yet. Others: phases of the rollout that runs, or ran last. */
  readonly state: RolloutViewState;
  /** What it waits for or why it stopped, in one sentence; "" when nothing is to be said. */
  readonly message: string;
  /** Since when it is in this state; null when idle. */
  readonly since: string | null;
  readonly startedAt: string | null;
  /** Revision that is, or was last, rolled out; null when idle. */
  readonly revision: string | null;
  /** "rollback": takes back what an earlier one did. */
  readonly kind: "forward" | "rollback";
  /** Newest revision that went through all waves. */
  readonly released: string | null;
  /** Name of the current wave; null before the first and after the last. */
  readonly wave: string | null;
  readonly waves: readonly RolloutWaveView[];
  readonly gates: readonly RolloutGateView[];
  /** Clusters that fail now, at most 20. */
  readonly failures: readonly { readonly cluster: string; readonly wave: string; readonly message: string }[];
  /** Clusters that catch up later, at most 100, and since when they wait. */
  readonly debt: readonly { readonly cluster: string; readonly reason: string; readonly since: string }[];
  /** Revisions that wait for their turn. */
  readonly queue: readonly string[];
  readonly hold: RolloutHoldView | null;
  /** Newest revision that the hold keeps waiting. */
  readonly heldBack: string | null;
  /** Revisions that automation never takes again. */
  readonly quarantine: readonly { readonly revision: string; readonly reason: string; readonly since: string }[];
  /** Newest last. */
  readonly history: readonly RolloutTransitionView[];
  readonly past: readonly PastRolloutView[];
}

export const rolloutViewStates = [
  "idle",
  "blocked",
  "waiting",
  "updating",
  "baking",
  "verifying",
  "paused",
  "reverting",
  "done",
  "aborted",
] as const;
export type RolloutViewState = (typeof rolloutViewStates)[number];

export interface RolloutWaveView {
  readonly name: string;
  readonly state: "pending" | "current" | "passed" | "skipped";
  readonly clusters: {
    readonly total: number;
    readonly waiting: number;
    readonly updating: number;
    readonly healthy: number;
    readonly failed: number;
    readonly debt: number;
  };
}

export interface RolloutGateView {
  readonly wave: string;
  readonly when: "before" | "after";
  readonly name: string;
  readonly state: "running" | "pending" | "passed" | "failed";
  readonly message: string;
  readonly since: string;
  readonly approvedBy: readonly string[];
}

export interface RolloutHoldView {
  readonly reason: string;
  readonly by: string;
  readonly since: string;
}

export interface RolloutTransitionView {
  readonly at: string;
  readonly revision: string;
  readonly what: string;
  readonly actor: string;
  readonly reason: string;
}

export interface PastRolloutView {
  readonly revision: string;
  readonly kind: "forward" | "rollback";
  readonly startedAt: string;
  readonly endedAt: string;
  readonly outcome: "done" | "aborted" | "superseded" | "rolledBack";
  readonly reason: string;
}
