import {
  type ClusterEnvironmentView,
  type ClusterView,
  type EnvironmentStatus,
  type Problem,
  reportKey,
  selects,
} from "../../common/domain/index.ts";
import type { ClusterRecord, Offer } from "../ports.ts";

import { applicationKeys } from "./application-keys.ts";
import type { DriftTally } from "./drift-tally.ts";
import type { EnvironmentState, FleetState } from "./fleet-state.ts";
import { isRevoked } from "./is-revoked.ts";
import { suspensionOf, suspensionText } from "./suspension-of.ts";

/** Environments a cluster is offered, and those that select it and will be offered next; by name. */
export function environmentsOf(state: FleetState, cluster: string): readonly string[] {
  const names = new Set(state.offers.get(cluster)?.keys());
  const labels = state.clusters.get(cluster)?.labels;
  for (const [name, { environment }] of state.environments) {
    if (labels !== undefined && selects(environment.clusters, labels)) names.add(name);
  }
  return [...names].sort();
}

export function clusterView(
  state: FleetState,
  record: ClusterRecord,
  environments: readonly ClusterEnvironmentView[],
): ClusterView {
  return {
    name: record.name,
    labels: record.labels,
    connected: state.connected.has(record.name),
    lastSeen: state.lastSeen.get(record.name) ?? record.lastSeen ?? null,
    agentVersion: record.agentVersion,
    kubernetesVersion: record.kubernetesVersion,
    environments,
    identity: isRevoked(record) ? "revoked" : record.uid === undefined ? "pending" : "active",
  };
}

/** What the cluster reported of an environment, held against what it is to run. */
export function clusterEnvironment(
  state: FleetState,
  tally: DriftTally,
  cluster: string,
  environment: string,
): ClusterEnvironmentView {
  const offer = state.offers.get(cluster)?.get(environment);
  const key = reportKey({ kind: "environment", environment });
  const reported = state.statuses.get(cluster)?.get(key) as EnvironmentStatus | undefined;
  const known = state.environments.get(environment);
  const drifted = known === undefined ? 0 : tally(cluster, known);
  const problems = known === undefined ? [] : problemsOf(state, cluster, known);
  const suspended = suspensionOf(state, cluster, environment) ?? null;
  const hubSays = [
    ...(suspended === null ? [] : [`Suspended by ${suspensionText(suspended)}`]),
    ...problems.map(({ message }) => message),
  ];
  if (reported === undefined || offer === undefined) {
    return {
      name: environment,
      revision: "",
      generation: 0,
      sync: "Unknown",
      health: "Unknown",
      drifted,
      message: [...hubSays, "Not reported yet"].join("\n"),
      suspended,
    };
  }
  const behind =
    isOfferBehind(state, offer) ||
    reported.generation !== offer.header.generation ||
    reported.revision !== offer.header.revision;
  return {
    name: environment,
    revision: reported.revision,
    generation: reported.generation,
    sync: behind || problems.length > 0 ? "OutOfSync" : reported.sync,
    health: reported.health,
    drifted,
    message: [...hubSays, ...(reported.message === "" ? [] : [reported.message])].join("\n"),
    suspended,
  };
}

/** What the hub could not produce for this cluster, in the order of the applications. */
function problemsOf(state: FleetState, cluster: string, known: EnvironmentState): readonly Problem[] {
  const problems = state.clusterProblems.get(cluster);
  if (problems === undefined || problems.size === 0) return [];
  return applicationKeys(known).flatMap(({ problem }) => problems.get(problem) ?? []);
}

/** The environment has moved on and this cluster's assignment is still to follow: being at it is not being in sync. */
export function isOfferBehind(state: FleetState, { header, release }: Offer): boolean {
  const known = state.environments.get(header.environment);
  if (known?.release !== undefined && release !== undefined) return known.release !== release;
  return known?.revision !== undefined && known.revision !== header.revision;
}
