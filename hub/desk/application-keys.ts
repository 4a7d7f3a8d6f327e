import { reportKey } from "../../common/domain/index.ts";
import type { EnvironmentState } from "./fleet-state.ts";

/** Where the statuses and problems of an environment's applications stand, under each cluster. */
export interface ApplicationKeys {
  readonly name: string;
  /** In `statuses`. */
  readonly status: string;
  /** In `clusterProblems`. */
  readonly problem: string;
}

// The same keys are looked up under each cluster: made once, V8 also remembers their hashes, which is most of the cost.
const known = new WeakMap<EnvironmentState, readonly ApplicationKeys[]>();

export function applicationKeys(state: EnvironmentState): readonly ApplicationKeys[] {
  const kept = known.get(state);
  if (kept !== undefined) return kept;
  const keys = [...state.applications.keys()].map((name) => keysOf(state.environment.name, name));
  known.set(state, keys);
  return keys;
}

export function keysOf(environment: string, application: string): ApplicationKeys {
  return {
    name: application,
    status: reportKey({ kind: "application", environment, application }),
    problem: `${environment}/${application}`,
  };
}
