import { type ApplyPolicy, defaultApplyPolicy, type ObjectPolicy } from "./apply-policy.ts";
import type { DeleteBudget } from "./delete-budget.ts";
import type { Digest } from "./digest.ts";
import type { DriftRule } from "./drift-rule.ts";
import type { HealthCheck } from "./health-check.ts";
import type { Hook } from "./hook.ts";
import type { ObjectRef } from "./object-ref.ts";

/** Desired state of one environment on one cluster, content left out: the digest stands for it. */
export interface AssignmentHeader {
  readonly cluster: string;
  readonly environment: string;
  readonly epoch: string;
  readonly generation: number;
  readonly digest: Digest;
  readonly revision: string;
  readonly epochConfirmed: boolean;
  /** Deletions of this environment that somebody said yes to. */
  readonly confirmedPrunes?: readonly ConfirmedPrune[];
}

/** A yes to deleting exactly the objects that `digest` stands for (BlockedPrune). */
export interface ConfirmedPrune {
  readonly application: string;
  readonly digest: Digest;
}

/** Root of the content tree. Equal content has equal bytes on every cluster. */
export interface AssignmentBody {
  readonly applications: readonly ApplicationEntry[];
  /** How much one cluster may lose at once; absent: `defaultDeleteBudget`. */
  readonly maxDeletes?: DeleteBudget;
}

/** `heldReason` set: the hub cannot produce it now, the agent keeps what it has. */
export type ApplicationEntry =
  | { readonly name: string; readonly digest: Digest }
  | { readonly name: string; readonly heldReason: string };

export const driftModes = ["correct", "report"] as const;
export type DriftMode = (typeof driftModes)[number];

/** "orphan": they stay and are nobody's any more. */
export const deletionPolicies = ["delete", "orphan"] as const;
export type DeletionPolicy = (typeof deletionPolicies)[number];

export interface ApplicationPolicy {
  readonly prune: boolean;
  /** What becomes of its objects when it leaves Git; absent: as `prune` says. */
  readonly deletion?: DeletionPolicy;
  /** Instead of the environment's; an application that has its own is judged by that alone. */
  readonly maxDeletes?: DeleteBudget;
  readonly driftMode: DriftMode;
  /** Changes by others that are no drift. */
  readonly driftIgnore: readonly DriftRule[];
  /** What people add to its objects is drift too. */
  readonly driftStrict: boolean;
  readonly timeoutSeconds: number;
  /** For kinds whose health is told otherwise than by the rules that the agent knows. */
  readonly health: readonly HealthCheck[];
  /** "namespace/name": whose rights its objects are written with; "" for the agent's own. */
  readonly serviceAccount: string;
  /** Objects of kinds that live outside of namespaces are refused. */
  readonly namespacedOnly: boolean;
  readonly apply: ApplyPolicy;
}

/** What an application that says nothing gets. */
export const defaultPolicy: ApplicationPolicy = {
  prune: true,
  driftMode: "correct",
  driftIgnore: [],
  driftStrict: false,
  timeoutSeconds: 300,
  health: [],
  serviceAccount: "",
  namespacedOnly: false,
  apply: defaultApplyPolicy,
};

export interface ApplicationBody {
  readonly name: string;
  readonly revision: string;
  readonly objects: readonly AssignedObject[];
  readonly policy: ApplicationPolicy;
  readonly dependsOn: readonly string[];
}

export interface AssignedObject {
  readonly apiVersion: string;
  readonly ref: ObjectRef;
  readonly digest: Digest;
  /** "apps/shop/deployment.yaml:12"; "" when unknown. */
  readonly source: string;
  /** Absent when its annotations say nothing. */
  readonly policy?: ObjectPolicy;
  /** Later waves wait for earlier ones; absent is 0. */
  readonly wave?: number;
  /** Absent for what is to be kept. */
  readonly hook?: Hook;
}

/** What an agent holds of one environment. */
export interface HeldGeneration {
  readonly environment: string;
  readonly generation: number;
  readonly digest: Digest;
  readonly appliedGeneration: number;
}

export const ackPhases = ["received", "applied", "healthy", "rejected"] as const;
export type AckPhase = (typeof ackPhases)[number];

export interface Ack {
  readonly environment: string;
  readonly generation: number;
  readonly digest: Digest;
  readonly phase: AckPhase;
  readonly reason: string;
}
