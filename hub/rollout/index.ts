export { clusterEntries, clusterEntry } from "./cluster-table.ts";
export type { RolloutEffect } from "./effects.ts";
export type { RolloutEvent } from "./events.ts";
export { createRolloutState } from "./initial.ts";
export { type PlannedWave, planRollout, type RolloutPlan } from "./plan-rollout.ts";
export { type ReleaseKey, releaseKey, revisionOf, settingsIdOf } from "./release-key.ts";
export type { ClusterPart, ClusterProgress, ClusterReport, Quarantined, Release, RolloutState } from "./state.ts";
export { type Step, step } from "./step.ts";
export { waitingFor } from "./waiting-for.ts";
