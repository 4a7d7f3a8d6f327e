/** What people and scripts read: the JSON of `drover get -o json` and of /api/v1. Fields are added, never renamed. */
import type { DriftRecord } from "./drift.ts";
import type { ObjectRef } from "./object-ref.ts";
import type { Problem } from "./problem.ts";
import type { BlockedPrune, HealthState, SyncState } from "./status.ts";

export interface ClusterView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly connected: boolean;
  /** ISO 8601; null before the first connect. */
  readonly lastSeen: string | null;
  readonly agentVersion: string;
  readonly kubernetesVersion: string;
  readonly environments: readonly ClusterEnvironmentView[];
  /** "pending" until an agent enrolled, "active", "revoked". */
  readonly identity: "pending" | "active" | "revoked";
}

export interface ClusterEnvironmentView {
  readonly name: string;
  readonly revision: string;
  readonly generation: number;
  readonly sync: SyncState;
  readonly health: HealthState;
  readonly drifted: number;
  readonly message: string;
  /** It keeps what it has until somebody resumes it; null when it does not. `since`: ISO 8601. */
  readonly suspended: { readonly by: string; readonly reason: string; readonly since: string } | null;
}

export interface EnvironmentView {
  readonly name: string;
  readonly branch: string;
  /** Commit that its clusters are to run; null while none could be resolved. */
  readonly revision: string | null;
  /** Newest commit that may be promoted into it; null when there is none beyond `revision`. */
  readonly pending: string | null;
  /** Environment that changes come from; where there are several, the first of `upstreams`. */
  readonly from: string | null;
  readonly upstreams: readonly string[];
  readonly clusters: {
    readonly total: number;
    readonly synced: number;
    readonly healthy: number;
    readonly drifted: number;
    readonly offline: number;
    /** They keep what they have until somebody resumes them. */
    readonly suspended: number;
  };
  /** Why some of its clusters are not synced and healthy, in one sentence, equal reasons together; "" when none says why. */
  readonly message: string;
  /** Why automation is held; null when it is not. */
  readonly hold: string | null;
  /** Who froze it, since when and why; null when nobody did. */
  readonly freeze: string | null;
  readonly sync: SyncState;
  readonly health: HealthState;
  readonly problems: readonly Problem[];
}

/** Deletions that wait for somebody's word. */
export interface BlockedPruneView extends BlockedPrune {
  /** Said already, and the agent has not taken it up yet; null when not. */
  readonly confirmed: { readonly actor: string; readonly at: string } | null;
}

export interface ApplicationView {
  readonly environment: string;
  readonly cluster: string;
  readonly name: string;
  readonly revision: string;
  readonly sync: SyncState;
  readonly health: HealthState;
  /** Hub's problems with it first, then the agent's. */
  readonly message: string;
  readonly objects: number;
  readonly drifted: number;
  /** Null when nothing waits; what to do about it: 'drover prune confirm'. */
  readonly blockedPrune: BlockedPruneView | null;
  readonly problems: readonly Problem[];
}

export interface ObjectView extends ObjectRef {
  readonly environment: string;
  readonly cluster: string;
  readonly application: string;
  readonly revision: string;
  readonly sync: SyncState;
  readonly health: HealthState;
  readonly message: string;
}

export interface DriftView extends DriftRecord {
  readonly environment: string;
  readonly cluster: string;
  readonly application: string;
}
