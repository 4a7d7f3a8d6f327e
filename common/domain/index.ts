export {
  type AdoptMode,
  type ApplyMode,
  type ApplyPolicy,
  adoptAnnotation,
  adoptModes,
  applyAnnotations,
  applyModes,
  defaultApplyPolicy,
  isPausedBy,
  type ObjectPolicy,
  objectPolicyOf,
  recreateAnnotations,
} from "./apply-policy.ts";
export {
  type Ack,
  type AckPhase,
  type ApplicationBody,
  type ApplicationEntry,
  type ApplicationPolicy,
  type AssignedObject,
  type AssignmentBody,
  type AssignmentHeader,
  ackPhases,
  type ConfirmedPrune,
  type DriftMode,
  defaultPolicy,
  deletionPolicies,
  driftModes,
  type HeldGeneration,
} from "./assignment.ts";
export { clusterMessages } from "./cluster-messages.ts";
export { type ClusterSelector, selects } from "./cluster-selector.ts";
export { type DeleteBudget, defaultDeleteBudget, displayBudget, exceeds } from "./delete-budget.ts";
export { type DeliveryView, deliveryGroupings } from "./delivery.ts";
export { canonicalJson, type Digest, digestOf } from "./digest.ts";
export { type DriftField, type DriftRecord, type DriftState, driftStates } from "./drift.ts";
export { type DriftRule, matchesWhole, rulesFor, rulesKey } from "./drift-rule.ts";
export { durationPattern, parseDuration } from "./duration.ts";
export { type ChangedFile, type CommitSummary, type EnvironmentChanges, fileChanges } from "./environment-changes.ts";
export {
  type Application,
  type Environment,
  type Fleet,
  type KindPattern,
  type Tenant,
  type Values,
} from "./fleet.ts";
export { type Freeze, freezesOf, freezeText } from "./freeze.ts";
export { type HealthCheck, healthCheckFor } from "./health-check.ts";
export {
  type Hook,
  type HookDeletePolicy,
  type HookMoment,
  type HookPhase,
  hookDeletePolicies,
  hookPhases,
} from "./hook.ts";
export {
  type ClusterDiff,
  type DiffError,
  type DiffGroup,
  type DiffState,
  type DryRunQuestion,
  diffActions,
  type FieldChange,
  type FleetDiff,
  type HookDiff,
  hookActions,
  type Inspection,
  type JobOrder,
  type JobQuestion,
  type JobReport,
  type LogLines,
  type LogsQuestion,
  logChanges,
  type ObjectDiff,
  type ObjectEvent,
  type Question,
  questionKinds,
  type ShowQuestion,
} from "./inspection.ts";
export {
  displayRef,
  groupOf,
  type Manifest,
  type ObjectRef,
  refKey,
  refOf,
} from "./object-ref.ts";
export {
  driftAnnotation,
  fieldManager,
  gateJobLabel,
  hookRunAnnotation,
  hooksLabel,
  inventoryLabel,
  ownershipLabels,
  pruneAnnotation,
  substituteAnnotations,
  systemNamespace,
} from "./ownership.ts";
export { isSamePerson } from "./person.ts";
export type { Problem } from "./problem.ts";
export {
  defaultPromotion,
  handMovePolicies,
  type PromotionCheck,
  type PromotionPolicy,
  type PromotionRecordView,
  type PromotionView,
  promotedBranches,
  promotionKinds,
  promotionModes,
  promotionOrders,
  promotionVias,
} from "./promotion.ts";
export { parseReportKey, reportKey } from "./report-key.ts";
export {
  type ClusterCount,
  clustersIn,
  type DeploymentWindows,
  defaultRolloutPolicy,
  type GatePolicy,
  type RolloutPolicy,
  type TimeWindow,
  type WaveClusters,
  type WavePolicy,
} from "./rollout-policy.ts";
export { type RolloutGateView, type RolloutView, rolloutViewStates } from "./rollout-view.ts";
export {
  type ApplicationStatus,
  type BlockedPrune,
  type EnvironmentStatus,
  type Health,
  type HealthState,
  healthStates,
  type ObjectStatus,
  type SyncState,
  syncStates,
  worstHealth,
  worstSync,
} from "./status.ts";
export { isHookByAnnotations, parseSyncOrder, waveOf } from "./sync-order.ts";
export type {
  ApplicationView,
  BlockedPruneView,
  ClusterEnvironmentView,
  ClusterView,
  DriftView,
  EnvironmentView,
  ObjectView,
} from "./view.ts";
