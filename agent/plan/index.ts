export { refusal } from "./decide.ts";
export { dependencyErrors } from "./dependencies.ts";
export {
  type DeletionFront,
  deletionFrontOf,
  type Front,
  frontOf,
  type HookTask,
  isStaged,
  type Progress,
} from "./front.ts";
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
  type Desired,
  type Plan,
  type PlannedApplication,
  plan,
  type Refused,
  type Stage,
} from "./plan.ts";
export { type PruneStep, type Waiting, waitingMessage } from "./prune.ts";
export { type LeftAlone, leftAlone, type Treatment, treatmentOf } from "./treatment.ts";
