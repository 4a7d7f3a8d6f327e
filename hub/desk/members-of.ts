import { type Environment, selects } from "../../common/domain/index.ts";
import type { FleetState } from "./fleet-state.ts";

/** Names of the clusters that an environment's selector takes, sorted. */
export function membersOf({ clusters }: Pick<FleetState, "clusters">, environment: Environment): readonly string[] {
  return [...clusters.values()]
    .filter(({ labels }) => selects(environment.clusters, labels))
    .map(({ name }) => name)
    .sort();
}
