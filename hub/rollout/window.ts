import type { Draft } from "./draft.ts";

/** Whether the environment's windows let a wave start now. A rollback and an override do not ask them. */
export function isWindowOpen({ run, state }: Draft): boolean {
  if (run === undefined || run.kind === "rollback" || run.override !== undefined) return true;
  return state.policy.windows === undefined;
}
