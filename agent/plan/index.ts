export { refusal } from "./decide.ts";
export { dependencyErrors } from "./dependencies.ts";
export type { Desired, PlannedApplication } from "./desired.ts";
export {
  type DeletionFront,
  deletionFrontOf,
  type Front,
  frontOf,
  type HookTask,
  isStaged,
  type Progress,
} from "./front.ts";
export { forecastDeletion, forecastHooks, type HookStep } from "./hook-forecast.ts";
export {
  contentOf,
  emptyRecord,
  type HookRecord,
  type HookRun,
  isGoingOn,
  type KeptHook,
  type MadeObject,
  retried,
  withContent,
  withRemovals,
} from "./hook-record.ts";
export { compareKinds, isProtected } from "./kind-order.ts";
export type { LiveFacts, LiveView } from "./live.ts";
export {
  type ApplyStep,
  type Plan,
  plan,
  type Refused,
  type Stage,
} from "./plan.ts";
export type { PruneStep, Waiting } from "./prune.ts";
export { noWish, pruneWish } from "./prune-wish.ts";
export { fateOf } from "./prunes.ts";
export { type LeftAlone, leftAlone, type Treatment, treatmentOf } from "./treatment.ts";
export { waitingMessage, waitingText } from "./waiting-text.ts";
