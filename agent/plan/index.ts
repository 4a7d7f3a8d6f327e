export { type ApplyReason, applyReason, refusal } from "./decide.ts";
export { dependencyErrors } from "./dependencies.ts";
export { compareKinds, compareRefs, isProtected, type StageName, stageOf } from "./kind-order.ts";
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
