import type { RolloutPolicy } from "../../common/domain/index.ts";
import { emptyClusterTable } from "./cluster-table.ts";
import type { RolloutState } from "./state.ts";

/** `released`: what the environment is known to have had last, as Git says; undefined when nobody knows. */
export function createRolloutState(
  environment: string,
  policy: RolloutPolicy,
  released: string | undefined,
): RolloutState {
  return {
    environment,
    policy,
    released,
    run: undefined,
    queue: [],
    heldBack: undefined,
    hold: undefined,
    quarantine: [],
    clusters: emptyClusterTable,
    history: [],
    past: [],
    notices: [],
    wakeAt: undefined,
    transitions: 0,
  };
}
