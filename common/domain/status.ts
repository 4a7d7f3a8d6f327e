import type { Digest } from "./digest.ts";
import type { ObjectRef } from "./object-ref.ts";

/** Argo CD's words, so that nobody has to learn new ones. */
export const healthStates = ["Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"] as const;
export type HealthState = (typeof healthStates)[number];

export const syncStates = ["Synced", "OutOfSync", "Unknown"] as const;
export type SyncState = (typeof syncStates)[number];

export interface Health {
  readonly state: HealthState;
  /** Why it is not Healthy; names the failing part. Empty when Healthy, but for a warning. */
  readonly message: string;
}

/** What the agent reports under "application/<environment>/<name>". */
export interface ApplicationStatus {
  readonly revision: string;
  readonly generation: number;
  readonly sync: SyncState;
  readonly health: HealthState;
  /** First problems, one per line; empty when all is well. */
  readonly message: string;
  readonly objects: number;
  readonly drifted: number;
  /** Deletions that wait for somebody's word; null when none do, absent while nobody has looked yet. */
  readonly blockedPrune?: BlockedPrune | null;
}

export interface BlockedPrune {
  /** Stands for exactly these objects in these incarnations: a confirmation names it, and any change makes it another one. */
  readonly digest: Digest;
  readonly count: number;
  /** Why, in one line. */
  readonly reason: string;
  /** The first ones, in order of deletion. */
  readonly objects: readonly ObjectRef[];
}

/** What the agent reports under "object/<environment>/<application>/<ref>"; every object of an application has one. */
export interface ObjectStatus {
  readonly ref: ObjectRef;
  readonly sync: SyncState;
  readonly health: HealthState;
  readonly message: string;
}

/** What the agent reports under "environment/<name>". */
export interface EnvironmentStatus {
  readonly revision: string;
  readonly generation: number;
  /** Highest generation whose objects were all written. */
  readonly appliedGeneration: number;
  readonly sync: SyncState;
  readonly health: HealthState;
  readonly message: string;
}

/** The worst of many: an application is as healthy as its least healthy object. Nothing at all is Healthy. */
export function worstHealth(states: Iterable<HealthState>): HealthState {
  let worst: HealthState = "Healthy";
  for (const state of states) if (badness[state] > badness[worst]) worst = state;
  return worst;
}

// From good to bad: Healthy, Suspended, Progressing, Missing, Degraded, Unknown (the order Argo CD uses).
const badness: Readonly<Record<HealthState, number>> = {
  Healthy: 0,
  Suspended: 1,
  Progressing: 2,
  Missing: 3,
  Degraded: 4,
  Unknown: 5,
};

/** OutOfSync beats Unknown beats Synced. Nothing at all is Synced. */
export function worstSync(states: Iterable<SyncState>): SyncState {
  let worst: SyncState = "Synced";
  for (const state of states) {
    if (state === "OutOfSync") return state;
    if (state === "Unknown") worst = state;
  }
  return worst;
}
