import type { ApplicationStatus } from "../../common/domain/index.ts";
import { applicationKeys } from "./application-keys.ts";
import type { EnvironmentState, FleetState } from "./fleet-state.ts";

/** Drifted objects of an environment on one cluster. */
export type DriftTally = (cluster: string, known: EnvironmentState) => number;

/**
 * Sums over the applications once and remembers it until the cluster reports something else, so that reading the whole fleet
 * costs one step per cluster instead of one per application. Every status is announced when it changes.
 */
export function createDriftTally(state: FleetState): DriftTally {
  const kept = new Map<string, Map<string, { readonly known: EnvironmentState; readonly drifted: number }>>();
  state.subscribe(({ kind, cluster }) => {
    if (cluster !== undefined && (kind === "application" || kind === "cluster")) kept.delete(cluster);
  });

  return (cluster, known) => {
    const { name } = known.environment;
    const sums = kept.get(cluster) ?? new Map();
    const found = sums.get(name);
    if (found?.known === known) return found.drifted;
    const statuses = state.statuses.get(cluster);
    let drifted = 0;
    for (const { status } of applicationKeys(known)) {
      drifted += (statuses?.get(status) as ApplicationStatus | undefined)?.drifted ?? 0;
    }
    kept.set(cluster, sums.set(name, { known, drifted }));
    return drifted;
  };
}
