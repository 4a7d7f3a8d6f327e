import { windowAt } from "../../common/windows/index.ts";
import type { Draft } from "./draft.ts";

/** Whether the environment's windows let a wave start now. A rollback and an override do not ask them. */
export function isWindowOpen({ run, state, at }: Draft): boolean {
  const { windows } = state.policy;
  if (run === undefined) return false;
  if (windows === undefined || run.kind === "rollback" || run.override !== undefined) {
    run.window = undefined;
    return true;
  }
  const known = run.window;
  if (known === undefined || (known.until !== undefined && at >= known.until)) {
    run.window = windowAt(windows, at);
  }
  return run.window?.open === true;
}
