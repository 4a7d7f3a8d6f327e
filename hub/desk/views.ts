import {
  type ApplicationStatus,
  type ApplicationView,
  type ClusterEnvironmentView,
  type ClusterView,
  type DriftRecord,
  type DriftView,
  type EnvironmentStatus,
  type EnvironmentView,
  type ObjectStatus,
  type ObjectView,
  type Problem,
  parseReportKey,
  worstHealth,
  worstSync,
} from "../../common/domain/index.ts";
import { positioned } from "../../common/errors.ts";
import type { ClusterRecord, FleetQueries, ViewFilter } from "../ports.ts";
import { isRevoked } from "./actions.ts";
import type { FleetState } from "./fleet-state.ts";

/** The read model: JSON shapes of the contract, computed from memory on demand. */
export function createFleetQueries(state: FleetState, agentPortOpen: () => boolean): FleetQueries {
  const clusterNames = (filter: ViewFilter) =>
    [...state.clusters.keys()].filter((name) => filter.cluster === undefined || filter.cluster === name).sort();

  function clusterEnvironments(cluster: string): ClusterEnvironmentView[] {
    return [...(state.offers.get(cluster)?.keys() ?? [])]
      .sort()
      .map((name) => clusterEnvironment(state, cluster, name));
  }

  return {
    clusters: (filter) =>
      clusterNames({ ...filter, cluster: filter.cluster ?? filter.name }).flatMap((name) => {
        const record = state.clusters.get(name);
        if (record === undefined) return [];
        const environments = clusterEnvironments(name);
        if (filter.environment !== undefined && !environments.some((each) => each.name === filter.environment))
          return [];
        return [clusterView(state, record, environments)];
      }),

    environments: (filter) =>
      [...state.environments.keys()]
        .filter((name) => matches(filter.environment ?? filter.name, name))
        .map((name) => environmentView(state, name)),

    applications: (filter) =>
      clusterNames(filter).flatMap((cluster) =>
        [...(state.offers.get(cluster)?.keys() ?? [])]
          .filter((environment) => matches(filter.environment, environment))
          .sort()
          .flatMap((environment) => applicationViews(state, cluster, environment, filter.application ?? filter.name)),
      ),

    objects: (filter) =>
      clusterNames(filter).flatMap((cluster) => {
        const views: ObjectView[] = [];
        for (const [text, value] of state.statuses.get(cluster) ?? []) {
          const key = parseReportKey(text);
          if (key?.kind !== "object" || !matches(filter.environment, key.environment)) continue;
          if (!matches(filter.application, key.application) || !matches(filter.name, key.ref.name)) continue;
          const { sync, health, message } = value as ObjectStatus;
          const { environment, application } = key;
          const revision = reportedApplication(state, cluster, environment, application)?.revision ?? "";
          views.push({ environment, cluster, application, ...key.ref, revision, sync, health, message });
        }
        return views;
      }),

    drift: (filter) =>
      clusterNames(filter).flatMap((cluster) => {
        const views: DriftView[] = [];
        for (const [text, value] of state.statuses.get(cluster) ?? []) {
          const key = parseReportKey(text);
          if (key?.kind !== "drift" || !matches(filter.environment, key.environment)) continue;
          if (!matches(filter.application, key.application) || !matches(filter.name, key.ref.name)) continue;
          const { environment, application } = key;
          views.push({ environment, cluster, application, ...(value as DriftRecord) });
        }
        return views.sort((a, b) => b.lastSeen.localeCompare(a.lastSeen));
      }),

    problems: () => state.problems,

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

function reportedApplication(state: FleetState, cluster: string, environment: string, application: string) {
  return state.statuses.get(cluster)?.get(`application/${environment}/${application}`) as ApplicationStatus | undefined;
}

function clusterView(
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

/** What the cluster reported of an environment, held against what it is offered. */
function clusterEnvironment(state: FleetState, cluster: string, environment: string): ClusterEnvironmentView {
  const offer = state.offers.get(cluster)?.get(environment);
  const reported = state.statuses.get(cluster)?.get(`environment/${environment}`) as EnvironmentStatus | undefined;
  let drifted = 0;
  const problems: Problem[] = [];
  for (const name of state.environments.get(environment)?.applications.keys() ?? []) {
    drifted += reportedApplication(state, cluster, environment, name)?.drifted ?? 0;
    const problem = state.clusterProblems.get(cluster)?.get(`${environment}/${name}`);
    if (problem !== undefined) problems.push(problem);
  }
  if (reported === undefined || offer === undefined) {
    return {
      name: environment,
      revision: "",
      generation: 0,
      sync: "Unknown",
      health: "Unknown",
      drifted,
      message: "Not reported yet",
    };
  }
  const outdated = reported.generation !== offer.header.generation || reported.revision !== offer.header.revision;
  return {
    name: environment,
    revision: reported.revision,
    generation: reported.generation,
    sync: outdated || problems.length > 0 ? "OutOfSync" : reported.sync,
    health: reported.health,
    drifted,
    message: [
      ...problems.map((problem) => problem.message),
      ...(reported.message === "" ? [] : [reported.message]),
    ].join("\n"),
  };
}

function environmentView(state: FleetState, name: string): EnvironmentView {
  const known = state.environments.get(name);
  if (known === undefined) throw new Error(`Environment "${name}" vanished while it was read`);
  const counts = { total: 0, synced: 0, healthy: 0, drifted: 0, offline: 0 };
  const views: ClusterEnvironmentView[] = [];
  for (const [cluster, offers] of state.offers) {
    if (!offers.has(name)) continue;
    const view = clusterEnvironment(state, cluster, name);
    views.push(view);
    counts.total++;
    if (view.sync === "Synced") counts.synced++;
    if (view.health === "Healthy") counts.healthy++;
    if (view.drifted > 0) counts.drifted++;
    if (!state.connected.has(cluster)) counts.offline++;
  }
  const broken = [...known.applications.values()].some((each) =>
    each.problems.some((problem) => problem.severity === "error"),
  );
  const failed = broken || known.problems.some((problem) => problem.severity === "error");
  return {
    name,
    branch: known.environment.branch,
    revision: known.revision ?? null,
    pending: known.pending ?? null,
    from: known.environment.from ?? null,
    clusters: counts,
    hold: null,
    sync: failed ? "OutOfSync" : known.revision === undefined ? "Unknown" : worstSync(views.map((view) => view.sync)),
    health: worstHealth(views.map((view) => view.health)),
    problems: [...known.problems, ...[...known.applications.values()].flatMap((each) => each.problems)],
  };
}

function applicationViews(
  state: FleetState,
  cluster: string,
  environment: string,
  wanted: string | undefined,
): ApplicationView[] {
  const desired = state.environments.get(environment)?.applications ?? new Map();
  const names = new Set<string>(desired.keys());
  const prefix = `application/${environment}/`;
  for (const key of state.statuses.get(cluster)?.keys() ?? []) {
    if (key.startsWith(prefix)) names.add(key.slice(prefix.length));
  }
  return [...names]
    .filter((name) => matches(wanted, name))
    .sort()
    .map((name) => applicationView(state, cluster, environment, name));
}

function applicationView(state: FleetState, cluster: string, environment: string, name: string): ApplicationView {
  const desired = state.environments.get(environment)?.applications.get(name);
  const reported = reportedApplication(state, cluster, environment, name);
  const offer = state.offers.get(cluster)?.get(environment);
  const own = state.clusterProblems.get(cluster)?.get(`${environment}/${name}`);
  const problems = [...(desired?.problems ?? []), ...(own === undefined ? [] : [own])];
  const failed = problems.some((problem) => problem.severity === "error");
  const outdated = reported !== undefined && offer !== undefined && reported.generation !== offer.header.generation;
  const messages = problems.map(({ message, position }) => positioned(message, position));
  if (reported === undefined) messages.push("Not reported yet");
  else if (reported.message !== "") messages.push(reported.message);
  return {
    environment,
    cluster,
    name,
    revision: reported?.revision ?? "",
    sync: failed || outdated ? "OutOfSync" : (reported?.sync ?? "Unknown"),
    health: reported?.health ?? "Unknown",
    message: messages.join("\n"),
    objects: reported?.objects ?? 0,
    drifted: reported?.drifted ?? 0,
    problems,
  };
}
