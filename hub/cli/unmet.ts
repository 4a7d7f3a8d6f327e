import type { ApplicationView, ClusterView, EnvironmentView, Problem } from "../../common/domain/index.ts";
import { AppError, positioned } from "../../common/errors.ts";
import type { Cancellable } from "../ports.ts";
import type { HubClient } from "./client.ts";
import { atMost, firstLine, shortRevision } from "./output.ts";

export interface Condition {
  readonly for: "synced" | "healthy";
  /** Commit or the beginning of one, in lower case. */
  readonly revision?: string;
}

/** Of clusters, and of applications: enough to begin with. */
const mostLines = 20;

/** Why the condition does not hold; empty when it does. NOT_FOUND for an environment that is not in fleet.yaml. */
export async function unmet(
  client: Pick<HubClient, "list">,
  name: string,
  condition: Condition,
  options: Cancellable,
): Promise<readonly string[]> {
  const [environment] = await client.list<EnvironmentView>("environments", { name }, options);
  if (environment === undefined) throw new AppError("NOT_FOUND", `No such environment: "${name}"`);
  const reasons = environmentReasons(environment, condition);
  if (reasons.length === 0) return [];
  const clusters = await client.list<ClusterView>("clusters", { environment: name }, options);
  const applications = await client.list<ApplicationView>("applications", { environment: name }, options);
  return [
    ...reasons,
    ...atMost(
      clusters.flatMap((cluster) => clusterReasons(cluster, environment, condition)),
      mostLines,
    ),
    ...atMost(applications.flatMap(applicationReasons), mostLines),
  ];
}

function environmentReasons(
  { problems, revision, clusters }: EnvironmentView,
  condition: Condition,
): readonly string[] {
  const reasons = shown(problems, "error");
  if (condition.revision !== undefined && revision?.startsWith(condition.revision) !== true) {
    reasons.push(`It is at ${revision ?? "no revision"}, not at ${condition.revision}`);
  }
  const { total, synced, healthy } = clusters;
  if (total === 0) reasons.push("It has no clusters", ...shown(problems, "warning"));
  if (synced < total) reasons.push(`${synced} of ${total} clusters synced`);
  if (condition.for === "healthy" && healthy < total) reasons.push(`${healthy} of ${total} clusters healthy`);
  return reasons;
}

function shown(problems: readonly Problem[], wanted: Problem["severity"]): string[] {
  return problems
    .filter(({ severity }) => severity === wanted)
    .map(({ message, position }) => positioned(message, position));
}

function clusterReasons(cluster: ClusterView, environment: EnvironmentView, condition: Condition): readonly string[] {
  const view = cluster.environments.find(({ name }) => name === environment.name);
  const met = view?.sync === "Synced" && (condition.for === "synced" || view.health === "Healthy");
  if (view === undefined || met) return [];
  const offline = cluster.connected ? "" : ", offline";
  const message = view.message === "" ? "" : `: ${firstLine(view.message)}`;
  return [`${cluster.name}: ${view.sync}, ${view.health}, at ${shortRevision(view.revision)}${offline}${message}`];
}

function applicationReasons({ cluster, name, message }: ApplicationView): readonly string[] {
  return message === "" ? [] : [`${cluster}: ${name}: ${firstLine(message)}`];
}
