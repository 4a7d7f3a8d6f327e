import type { ApplicationStatus, ApplicationView, BlockedPruneView } from "../../common/domain/index.ts";
import { positioned } from "../../common/errors.ts";
import { type ApplicationKeys, applicationKeys, keysOf } from "./application-keys.ts";
import { isOfferBehind } from "./cluster-view.ts";
import type { FleetState } from "./fleet-state.ts";
import { hasErrors } from "./problems.ts";
import { blockedIn } from "./prune-confirmations.ts";

/** Applications of an environment on one cluster: what Git says and what the cluster still has, by name. */
export function applicationViews(
  state: FleetState,
  cluster: string,
  environment: string,
  wanted: string | undefined,
): ApplicationView[] {
  if (wanted !== undefined) {
    const keys = keysOf(environment, wanted);
    const exists =
      state.environments.get(environment)?.applications.has(wanted) === true ||
      state.statuses.get(cluster)?.has(keys.status) === true;
    return exists ? [applicationView(state, cluster, environment, keys)] : [];
  }
  const known = state.environments.get(environment);
  const all = new Map((known === undefined ? [] : applicationKeys(known)).map((keys) => [keys.name, keys]));
  const prefix = `application/${environment}/`;
  for (const key of state.statuses.get(cluster)?.keys() ?? []) {
    if (!key.startsWith(prefix)) continue;
    const name = key.slice(prefix.length);
    if (!all.has(name)) all.set(name, keysOf(environment, name));
  }
  return [...all.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((keys) => applicationView(state, cluster, environment, keys));
}

function applicationView(
  state: FleetState,
  cluster: string,
  environment: string,
  { name, status, problem }: ApplicationKeys,
): ApplicationView {
  const desired = state.environments.get(environment)?.applications.get(name);
  const reported = state.statuses.get(cluster)?.get(status) as ApplicationStatus | undefined;
  const offer = state.offers.get(cluster)?.get(environment);
  const own = state.clusterProblems.get(cluster)?.get(problem);
  const problems = [...(desired?.problems ?? []), ...(own === undefined ? [] : [own])];
  const behind =
    reported !== undefined &&
    offer !== undefined &&
    (reported.generation !== offer.header.generation || isOfferBehind(state, offer));
  const messages = problems.map(({ message, position }) => positioned(message, position));
  if (reported === undefined) messages.push("Not reported yet");
  else if (reported.message !== "") messages.push(reported.message);
  return {
    environment,
    cluster,
    name,
    revision: reported?.revision ?? "",
    sync: hasErrors(problems) || behind ? "OutOfSync" : (reported?.sync ?? "Unknown"),
    health: reported?.health ?? "Unknown",
    message: messages.join("\n"),
    objects: reported?.objects ?? 0,
    drifted: reported?.drifted ?? 0,
    blockedPrune: blockedPruneView(state, cluster, environment, name),
    problems,
  };
}

function blockedPruneView(
  state: FleetState,
  cluster: string,
  environment: string,
  application: string,
): BlockedPruneView | null {
  const blocked = blockedIn(state, cluster, environment, application);
  if (blocked === null) return null;
  const confirmation = state.pruneConfirmations.get(cluster)?.get(`${environment}/${application}`);
  const isConfirmed = confirmation?.digest === blocked.digest;
  return { ...blocked, confirmed: isConfirmed ? { actor: confirmation.actor, at: confirmation.at } : null };
}
