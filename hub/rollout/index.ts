export type { RolloutEffect } from "./effects.ts";
export type { RolloutEvent } from "./events.ts";
export { createRolloutState } from "./initial.ts";
export type { RolloutState } from "./state.ts";
export { type Step, step } from "./step.ts";
