import type { FleetQueries, ViewFilter } from "../surfaces.ts";
import { applicationViews } from "./application-view.ts";
import { clusterEnvironment, clusterView, environmentsOf } from "./cluster-view.ts";
import { createDriftTally } from "./drift-tally.ts";
import { environmentView } from "./environment-view.ts";
import type { FleetState } from "./fleet-state.ts";
import { driftViews, objectViews } from "./object-views.ts";

/**
 * The read model: JSON shapes of the contract, computed from memory on demand. Every part of a filter narrows every listing:
 * clusters of an environment or with an application, environments of a cluster, and so on.
 */
export function createFleetQueries(
  state: FleetState,
  agentPortOpen: () => boolean,
  now: () => number = Date.now,
): Omit<FleetQueries, "promotions" | "history" | "changes" | "deliveries" | "rollouts" | "rolloutPlan" | "tokens"> {
  const tally = createDriftTally(state);

  function clusterNames({ cluster }: ViewFilter): readonly string[] {
    if (cluster !== undefined) return state.clusters.has(cluster) ? [cluster] : [];
    return [...state.clusters.keys()].sort();
  }

  /** An environment has this application, by Git or by what the cluster reported. */
  const has = (cluster: string, environment: string, application: string | undefined) =>
    application === undefined || applicationViews(state, cluster, environment, application).length > 0;

  return {
    clusters: (filter) =>
      clusterNames(filter).flatMap((name) => {
        const record = state.clusters.get(name);
        if (record === undefined || !matches(filter.name, name)) return [];
        const environments = environmentsOf(state, name);
        const { environment, application } = filter;
        const asked = environment !== undefined || application !== undefined;
        if (asked && !environments.some((each) => matches(environment, each) && has(name, each, application)))
          return [];
        return [
          clusterView(
            state,
            record,
            environments.map((each) => clusterEnvironment(state, tally, name, each)),
          ),
        ];
      }),

    environments(filter) {
      const wanted = [...state.environments].filter(
        ([name]) => matches(filter.environment, name) && matches(filter.name, name),
      );
      const members = new Map<string, string[]>(wanted.map(([name]) => [name, []]));
      for (const cluster of state.clusters.keys()) {
        for (const name of environmentsOf(state, cluster)) members.get(name)?.push(cluster);
      }
      return wanted
        .filter(([name, { applications }]) => {
          if (filter.cluster !== undefined && members.get(name)?.includes(filter.cluster) !== true) return false;
          return filter.application === undefined || applications.has(filter.application);
        })
        .map(([name, known]) => environmentView(state, tally, known, members.get(name) ?? [], now()));
    },

    applications(filter) {
      const { application, name } = filter;
      if (application !== undefined && !matches(name, application)) return [];
      return clusterNames(filter).flatMap((cluster) =>
        environmentsOf(state, cluster)
          .filter((environment) => matches(filter.environment, environment))
          .flatMap((environment) => applicationViews(state, cluster, environment, application ?? name)),
      );
    },

    objects: (filter) => clusterNames(filter).flatMap((cluster) => objectViews(state, cluster, filter)),

    drift: (filter) =>
      clusterNames(filter)
        .flatMap((cluster) => driftViews(state, cluster, filter))
        .sort((a, b) => (a.lastSeen < b.lastSeen ? 1 : a.lastSeen > b.lastSeen ? -1 : 0)),

    freezes: (filter) =>
      state.freezes.filter(({ environment, until }) => {
        const isMeant = environment === null || matches(filter.environment ?? filter.name, environment);
        return isMeant && (until === null || now() < Date.parse(until));
      }),

    problems: () => state.problems,

    totals: () => ({ clusters: state.clusters.size, connected: state.connected.size }),

    ready() {
      if (!agentPortOpen()) return { ready: false, reason: "The agent port is not open yet" };
      if (!state.resolved) return { ready: false, reason: "The repository has not been read yet" };
      return { ready: true, reason: "" };
    },
  };
}

function matches(wanted: string | undefined, actual: string): boolean {
  return wanted === undefined || wanted === actual;
}
