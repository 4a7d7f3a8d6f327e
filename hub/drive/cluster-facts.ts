import {
  canonicalJson,
  type Environment,
  type EnvironmentStatus,
  type Problem,
  reportKey,
  selects,
} from "../../common/domain/index.ts";
import { type FleetState, suspensionOf, suspensionText } from "../desk/index.ts";
import {
  type ClusterProgress,
  type ClusterReport,
  clusterEntry,
  type RolloutEvent,
  type RolloutState,
} from "../rollout/index.ts";

/** An agent that reconnects within this time was never away: hubs restart, certificates rotate. */
const offlineGraceMs = 30_000;

export interface Now {
  readonly at: number;
  /** Since when this hub has been listening: before, nobody could be seen. */
  readonly since: number;
}

/** What the rollout does not know yet about a cluster: the events that bring it up to date; none when it knows all. */
export function clusterEvents(
  fleet: FleetState,
  environment: Environment,
  rollout: RolloutState,
  cluster: string,
  { at, since }: Now,
): readonly RolloutEvent[] {
  const known = clusterEntry(rollout.clusters, cluster);
  const labels = fleet.clusters.get(cluster)?.labels;
  if (labels === undefined || !selects(environment.clusters, labels)) {
    return known === undefined ? [] : [{ at, type: "leave", cluster }];
  }
  const { name } = environment;
  const found = fleet.offers.get(cluster)?.get(name);
  const offered = found && (found.release ?? found.header.revision);
  const online = awayAt(fleet, cluster, since) > at;
  const suspension = suspensionOf(fleet, cluster, name);
  const suspended = suspension && suspensionText(suspension);
  const events: RolloutEvent[] = [];
  // First: whoever is not suspended any more may be told something by the other events, and the other way round.
  if (known !== undefined && known.suspended !== suspended) {
    events.push({ at, type: "suspend", cluster, reason: suspended });
  }
  if (known === undefined || canonicalJson(known.labels) !== canonicalJson(labels)) {
    const told = known === undefined && offered !== undefined ? { assigned: offered } : {};
    events.push({ at, type: "join", cluster, labels, online, ...told, ...(suspended && { suspended }) });
  } else if (known.online !== online) events.push({ at, type: "presence", cluster, online });
  const reported = reportOf(fleet, name, cluster);
  if (reported !== undefined && canonicalJson(reported) !== canonicalJson(known?.reported ?? null)) {
    events.push({ at, type: "report", cluster, ...reported });
  }
  const held = offered === undefined ? undefined : heldReason(fleet.clusterProblems.get(cluster), name);
  if (offered !== undefined && isOtherHold(known, offered, held)) {
    events.push({ at, type: "held", cluster, revision: offered, reason: held });
  }
  return events;
}

/** When a cluster counts as offline, if nothing is heard of it until then. */
export function awayAt(fleet: FleetState, cluster: string, since: number): number {
  if (fleet.connected.has(cluster)) return Number.POSITIVE_INFINITY;
  const seen = fleet.lastSeen.get(cluster) ?? fleet.clusters.get(cluster)?.lastSeen;
  return seen === undefined ? 0 : Math.max(Date.parse(seen), since) + offlineGraceMs;
}

function reportOf(fleet: FleetState, environment: string, cluster: string): ClusterReport | undefined {
  const key = reportKey({ kind: "environment", environment });
  const status = fleet.statuses.get(cluster)?.get(key) as EnvironmentStatus | undefined;
  if (status === undefined) return undefined;
  const { revision, generation, appliedGeneration, health, message } = status;
  const offer = fleet.offers.get(cluster)?.get(environment);
  const isIt = offer?.header.generation === generation && offer.header.revision === revision;
  // Settings may have changed without the commit: only the generation tells which of them the agent has.
  const release = isIt ? (offer.release ?? revision) : revision;
  return {
    revision: release,
    applied: isIt && appliedGeneration >= generation,
    health,
    message: message.split("\n")[0] ?? "",
  };
}

function heldReason(problems: ReadonlyMap<string, Problem> | undefined, environment: string): string | undefined {
  for (const [key, problem] of problems ?? []) if (key.startsWith(`${environment}/`)) return problem.message;
  return undefined;
}

function isOtherHold(known: ClusterProgress | undefined, revision: string, reason: string | undefined): boolean {
  if (reason === undefined) return known?.held !== undefined && known.held.revision === revision;
  return known?.held?.revision !== revision || known.held.reason !== reason;
}
