import type { Clock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import type { HubStore } from "../ports.ts";
import { environmentsOf } from "./cluster-view.ts";
import type { FleetState, Suspension } from "./fleet-state.ts";
import { allClusters as all } from "./suspension-of.ts";

/** Who may not be changed now: kept over restarts. */
export interface Suspensions {
  load(): Promise<void>;
  /** `cluster` undefined: all. Returns the clusters that it concerns. FAILED_PRECONDITION when it is so already. */
  suspend(environment: string, cluster: string | undefined, suspension: Omit<Suspension, "since">): Promise<Concerned>;
  resume(environment: string, cluster: string | undefined): Promise<Concerned>;
  /** The cluster left the fleet. */
  forget(cluster: string): Promise<void>;
}

type Concerned = readonly string[];

export function createSuspensions(dependencies: {
  readonly state: FleetState;
  readonly store: HubStore;
  readonly clock: Clock;
}): Suspensions {
  const { state, store, clock } = dependencies;
  const stored = store.collection<Suspension>("suspensions");

  function remember(environment: string, cluster: string, suspension: Suspension | undefined): void {
    const known = state.suspensions.get(environment) ?? new Map<string, Suspension>();
    if (suspension === undefined) known.delete(cluster);
    else known.set(cluster, suspension);
    if (known.size === 0) state.suspensions.delete(environment);
    else state.suspensions.set(environment, known);
  }

  function concerned(environment: string, cluster: string | undefined): Concerned {
    if (!state.environments.has(environment)) throw new AppError("NOT_FOUND", `No such environment: "${environment}"`);
    const members = [...state.clusters.keys()].filter((name) => environmentsOf(state, name).includes(environment));
    if (cluster === undefined) return members;
    if (members.includes(cluster)) return [cluster];
    throw new AppError("NOT_FOUND", `Cluster "${cluster}" is not in environment "${environment}"`);
  }

  /** Stored first: what somebody was told is kept is never forgotten. */
  async function save(environment: string, cluster: string, suspension: Suspension | undefined): Promise<void> {
    const key = `${environment}/${cluster}`;
    if (suspension === undefined) await stored.delete(key);
    else await stored.set(key, suspension);
    remember(environment, cluster, suspension);
  }

  function announce(environment: string, clusters: Concerned): Concerned {
    for (const cluster of clusters) {
      state.announce({ kind: "cluster", cluster });
      state.announce({ kind: "environment", environment, cluster });
    }
    return clusters;
  }

  return {
    async load() {
      for (const [key, suspension] of await stored.entries()) {
        const slash = key.indexOf("/");
        remember(key.slice(0, slash), key.slice(slash + 1), suspension);
      }
    },
    async suspend(environment, cluster, suspension) {
      const clusters = concerned(environment, cluster);
      const known = state.suspensions.get(environment)?.get(cluster ?? all);
      if (known !== undefined) throw new AppError("FAILED_PRECONDITION", `It is suspended already, by ${known.by}`);
      await save(environment, cluster ?? all, { ...suspension, since: new Date(clock.now()).toISOString() });
      return announce(environment, clusters);
    },
    async resume(environment, cluster) {
      const clusters = concerned(environment, cluster);
      const known = state.suspensions.get(environment);
      if (known?.has(cluster ?? all) !== true) {
        const whole = cluster !== undefined && known?.has(all) === true;
        throw new AppError(
          "FAILED_PRECONDITION",
          whole ? `All of "${environment}" is suspended: resume it without --cluster` : "It is not suspended",
        );
      }
      await save(environment, cluster ?? all, undefined);
      return announce(environment, clusters);
    },
    async forget(cluster) {
      for (const [environment, known] of [...state.suspensions]) {
        if (known.has(cluster)) await save(environment, cluster, undefined);
      }
    },
  };
}
