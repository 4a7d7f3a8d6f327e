import type { Problem } from "./problem.ts";
import type { DeploymentWindows, GatePolicy } from "./rollout-policy.ts";

/** How changes come into an environment that has an upstream one. */
export interface PromotionPolicy {
  /** "auto": as soon as every gate has passed; "manual": when somebody says so; "never": not at all. */
  readonly mode: (typeof promotionModes)[number];
  /** How long the upstream environment must have been healthy with a commit, without a break. */
  readonly soakMs: number;
  /** People other than the commit's author who must approve it. */
  readonly approvals: number;
  /** Share of the upstream environment's clusters that must run a commit and be healthy, in percent. */
  readonly quorumPercent: number;
  /** Which commit goes next when several are proven: the newest; one after the other; the newest once per window. */
  readonly order: (typeof promotionOrders)[number];
  /** Of the order "batch": least time between two promotions. */
  readonly windowMs: number;
  /** When something may be promoted; undefined: always. */
  readonly windows: Omit<DeploymentWindows, "onClose"> | undefined;
  /** What the branch holds. */
  readonly branch: PromotedBranch;
  /** Of a "copied" branch: files, and folders with all that is in them, that are the trunk's. */
  readonly paths: readonly string[];
  /** How the branch is moved: "push": by the hub itself; "pullRequest": by merging one at the forge. */
  readonly via: (typeof promotionVias)[number];
  /** Contexts of commit statuses that the forge must have as success for the commit. */
  readonly statuses: readonly string[];
  /** Asked once all other gates have passed. */
  readonly checks: readonly PromotionCheck[];
  /** What becomes of a branch that somebody moved by hand: it is taken as it is; automation is held; it says again what it said. */
  readonly onHandMove: (typeof handMovePolicies)[number];
}

/** Looks at the world before a commit goes on; a Job runs where the commit runs already. */
export interface PromotionCheck {
  readonly name: string;
  readonly gate: Extract<GatePolicy, { type: "http" | "prometheus" | "job" }>;
  /** How long an answer counts, for the same commit. */
  readonly recheckMs: number;
}

/**
 * "pointer": the trunk's commits themselves; "rendered": what they render to for the environment; "copied": what people keep there,
 * with the trunk's files at some paths.
 */
export type PromotedBranch = (typeof promotedBranches)[number];

export const promotionModes = ["auto", "manual", "never"] as const;
export const promotedBranches = ["pointer", "rendered", "copied"] as const;
export const promotionVias = ["push", "pullRequest"] as const;
export const handMovePolicies = ["adopt", "hold", "restore"] as const;
export const promotionOrders = ["latest", "queue", "batch"] as const;

/** Without a word in fleet.yaml: people promote what is healthy upstream. */
export const defaultPromotion: PromotionPolicy = {
  mode: "manual",
  soakMs: 0,
  approvals: 0,
  quorumPercent: 100,
  order: "latest",
  windowMs: 0,
  windows: undefined,
  branch: "pointer",
  paths: [],
  checks: [],
  via: "push",
  statuses: [],
  onHandMove: "hold",
};

/** What people see of the way into an environment; the JSON of `drover get promotions`. */
export interface PromotionView {
  readonly environment: string;
  /** Environment that changes come from; where there are several, the first of `upstreams`. */
  readonly from: string;
  readonly upstreams: readonly string[];
  readonly branch: string;
  readonly mode: PromotionPolicy["mode"];
  /** Commit at the tip of the branch; null while there is none. */
  readonly running: string | null;
  /** Commit that goes next; null when nothing newer waits. */
  readonly candidate: string | null;
  /** "idle": nothing waits; "waiting": gates are to pass; "blocked": one of them will not by itself; "ready": it may go. */
  readonly state: "idle" | "waiting" | "blocked" | "ready";
  /** Of the candidate. */
  readonly gates: readonly PromotionGateView[];
  readonly approvals: readonly { readonly actor: string; readonly at: string }[];
  /** Where people see the pull request that proposes the candidate; null while none is open. */
  readonly pullRequest: string | null;
  /** Of the branch: that somebody moved it by hand, or that the trunk is still to get what it has. */
  readonly problems: readonly Problem[];
  /** The newest promotion by this hub; null before the first. */
  readonly last: PromotionRecordView | null;
}

interface PromotionGateView {
  readonly name: string;
  readonly state: "passed" | "waiting" | "failed";
  readonly reason: string;
  /** ISO 8601: when it passes if nothing happens; null when that cannot be known. */
  readonly until: string | null;
}

/** One promotion or rollback that happened. */
export interface PromotionRecordView {
  readonly kind: (typeof promotionKinds)[number];
  readonly environment: string;
  readonly from: string | null;
  /** Tip of the branch since then. */
  readonly to: string;
  /** Whose files it has: `to` itself, unless the hub made that commit. */
  readonly commit: string;
  readonly actor: string;
  /** ISO 8601. */
  readonly at: string;
  /** The gates as they were: why it was allowed. */
  readonly proof: readonly string[];
  /** Gates that had not passed and that somebody went past. */
  readonly bypassed: readonly string[];
  /** In the words of whoever went past gates or rolled back; "" where nobody said. */
  readonly reason: string;
  /** By gate that it waited on and that let it through, how long, in milliseconds; not there where nobody watched. */
  readonly waitedMs?: Readonly<Record<string, number>> | undefined;
}

export const promotionKinds = ["promotion", "rollback"] as const;
