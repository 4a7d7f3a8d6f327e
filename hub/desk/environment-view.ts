import {
  type ClusterEnvironmentView,
  clusterMessages,
  type EnvironmentView,
  freezesOf,
  freezeText,
  worstHealth,
  worstSync,
} from "../../common/domain/index.ts";
import { clusterEnvironment } from "./cluster-view.ts";
import type { DriftTally } from "./drift-tally.ts";
import type { EnvironmentState, FleetState } from "./fleet-state.ts";
import { hasErrors } from "./problems.ts";

/** An environment over all its clusters. */
export function environmentView(
  state: FleetState,
  tally: DriftTally,
  known: EnvironmentState,
  clusters: readonly string[],
  /** Milliseconds since 1970. */
  now: number,
): EnvironmentView {
  const { name, branch, from } = known.environment;
  const counts = { total: 0, synced: 0, healthy: 0, drifted: 0, offline: 0, suspended: 0 };
  const views: ClusterEnvironmentView[] = [];
  const said: { cluster: string; message: string }[] = [];
  for (const cluster of clusters) {
    const view = clusterEnvironment(state, tally, cluster, name);
    views.push(view);
    counts.total++;
    if (view.sync === "Synced") counts.synced++;
    if (view.health === "Healthy") counts.healthy++;
    if (view.drifted > 0) counts.drifted++;
    if (!state.connected.has(cluster)) counts.offline++;
    if (view.suspended !== null) counts.suspended++;
    else if (view.message !== "" && (view.sync !== "Synced" || view.health !== "Healthy")) {
      said.push({ cluster, message: view.message.replaceAll("\n", "; ") });
    }
  }
  const own = [...known.problems, ...[...known.applications.values()].flatMap((each) => each.problems)];
  // What is wrong with fleet.yaml or with reaching the repository is wrong with every environment.
  const shared = state.problems.filter(({ severity }) => severity === "error");
  const isUnknown = known.revision === undefined || shared.length > 0;
  return {
    name,
    branch,
    revision: known.revision ?? null,
    pending: known.pending ?? null,
    from: from[0] ?? null,
    upstreams: from,
    clusters: counts,
    message: clusterMessages(said),
    freeze: freezesOf(state.freezes, name, now).map(freezeText).join("; ") || null,
    hold: state.rollouts.get(name)?.hold?.reason ?? null,
    sync: hasErrors(own)
      ? "OutOfSync"
      : worstSync([isUnknown ? "Unknown" : "Synced", ...views.map(({ sync }) => sync)]),
    health: worstHealth(views.map((view) => view.health)),
    problems: [...shared, ...own, ...(state.branchProblems.get(name) ?? [])],
  };
}
