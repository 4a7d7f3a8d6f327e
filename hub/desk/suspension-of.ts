import type { FleetState, Suspension } from "./fleet-state.ts";

/** Stands for all clusters of an environment, those to come included. */
export const allClusters = "*";

/** Why a cluster keeps what it has of an environment; undefined: it does not. */
export function suspensionOf(
  { suspensions }: Pick<FleetState, "suspensions">,
  cluster: string,
  environment: string,
): Suspension | undefined {
  const known = suspensions.get(environment);
  return known?.get(cluster) ?? known?.get(allClusters);
}

/** "anna: maintenance" */
export function suspensionText({ by, reason }: Suspension): string {
  return reason === "" ? by : `${by}: ${reason}`;
}
