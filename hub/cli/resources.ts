import {
  type ApplicationView,
  type ClusterView,
  type DriftView,
  displayRef,
  type EnvironmentView,
  type ObjectView,
  type PromotionView,
  type RolloutView,
  worstHealth,
  worstSync,
} from "../../common/domain/index.ts";
import { positioned } from "../../common/errors.ts";
import { freezes } from "./freeze-resource.ts";
import { age, firstLine, paintHealth, paintSync, shortRevision } from "./output.ts";
import type { Resource } from "./resource.ts";

const clusters: Resource<ClusterView> = {
  name: "clusters",
  singular: "cluster",
  aliases: ["cluster"],
  empty: "No clusters yet: 'drover cluster join NAME -l environment=dev' makes the command that connects one",
  columns: [
    { title: "NAME", value: (item) => item.name },
    {
      title: "CONNECTED",
      value: (item) => (item.identity === "active" ? (item.connected ? "yes" : "no") : item.identity),
    },
    { title: "ENVIRONMENTS", value: (item) => item.environments.map((each) => each.name).join(",") || "-" },
    { title: "REVISION", value: (item) => shortRevision(item.environments[0]?.revision ?? null) },
    {
      title: "SYNC",
      value: (item, { paint }) =>
        item.environments.length === 0 ? "-" : paintSync(worstSync(item.environments.map((each) => each.sync)), paint),
    },
    {
      title: "HEALTH",
      value: (item, { paint }) =>
        item.environments.length === 0
          ? "-"
          : paintHealth(worstHealth(item.environments.map((each) => each.health)), paint),
    },
    { title: "DRIFTED", value: (item) => String(item.environments.reduce((sum, each) => sum + each.drifted, 0)) },
    { title: "LAST SEEN", value: (item, { now }) => age(item.lastSeen, now) },
    { title: "KUBERNETES", wide: true, value: (item) => item.kubernetesVersion || "-" },
    { title: "AGENT", wide: true, value: (item) => item.agentVersion || "-" },
    {
      title: "LABELS",
      wide: true,
      value: (item) =>
        Object.entries(item.labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(","),
    },
  ],
  notes: (items) =>
    items.flatMap((item) =>
      item.environments
        .filter((each) => each.message !== "" && each.revision !== "")
        .map((each) => `${item.name}/${each.name}: ${firstLine(each.message)}`),
    ),
  identity: ({ name }) => `cluster ${name}`,
  place: ({ name }) => ({ cluster: name }),
  changedBy: ["cluster", "environment", "application"],
  // A cluster's environments and applications are columns of its one row.
  parts: ["cluster"],
};

const environments: Resource<EnvironmentView> = {
  name: "environments",
  singular: "environment",
  aliases: ["environment", "env", "envs"],
  empty: "No environments yet: fleet.yaml at the root of the repository's trunk names them",
  columns: [
    { title: "NAME", value: (item) => item.name },
    { title: "BRANCH", value: (item) => item.branch },
    { title: "REVISION", value: (item) => shortRevision(item.revision) },
    { title: "PENDING", value: (item) => shortRevision(item.pending) },
    { title: "SYNC", value: (item, { paint }) => paintSync(item.sync, paint) },
    { title: "HEALTH", value: (item, { paint }) => paintHealth(item.health, paint) },
    { title: "SYNCED", value: ({ clusters }) => `${clusters.synced}/${clusters.total}` },
    { title: "HEALTHY", value: ({ clusters }) => `${clusters.healthy}/${clusters.total}` },
    { title: "DRIFTED", value: ({ clusters }) => String(clusters.drifted) },
    { title: "OFFLINE", value: ({ clusters }) => String(clusters.offline) },
    { title: "FROM", wide: true, value: (item) => item.upstreams.join(",") || "-" },
    { title: "HOLD", wide: true, value: (item) => item.hold ?? "-" },
    { title: "FREEZE", wide: true, value: (item) => item.freeze ?? "-" },
  ],
  notes: (items) =>
    items.flatMap((item) => [
      ...(item.message === "" ? [] : [`${item.name}: ${item.message}`]),
      ...(item.freeze === null ? [] : [`${item.name}: ${item.freeze}`]),
      ...item.problems.map(
        ({ severity, message, position }) => `${item.name}: ${severity}: ${positioned(message, position)}`,
      ),
    ]),
  identity: ({ name }) => `environment ${name}`,
  place: ({ name }) => ({ environment: name }),
  changedBy: ["cluster", "environment", "application"],
  // A change of one cluster does not say which environments it has left.
  parts: [],
};

const applications: Resource<ApplicationView> = {
  name: "applications",
  singular: "application",
  aliases: ["application", "app", "apps"],
  empty: "No applications: each is an application.yaml in the repository, and a cluster must be in the environment",
  columns: [
    { title: "ENVIRONMENT", value: (item) => item.environment },
    { title: "CLUSTER", value: (item) => item.cluster },
    { title: "NAME", value: (item) => item.name },
    { title: "REVISION", value: (item) => shortRevision(item.revision) },
    { title: "SYNC", value: (item, { paint }) => paintSync(item.sync, paint) },
    { title: "HEALTH", value: (item, { paint }) => paintHealth(item.health, paint) },
    { title: "OBJECTS", wide: true, value: (item) => String(item.objects) },
    { title: "DRIFTED", wide: true, value: (item) => String(item.drifted) },
    { title: "UNPRUNED", wide: true, value: (item) => String(item.blockedPrune?.count ?? 0) },
    { title: "MESSAGE", value: (item) => firstLine(item.message) },
  ],
  notes: () => [],
  identity: ({ environment, cluster, name }) => `application ${environment}/${cluster}/${name}`,
  place: ({ environment, cluster, name }) => ({ environment, cluster, application: name }),
  changedBy: ["cluster", "environment", "application"],
  parts: ["environment", "cluster", "application"],
};

const objects: Resource<ObjectView> = {
  name: "objects",
  singular: "object",
  aliases: ["object"],
  empty: "No objects: nothing is reported yet, 'drover get applications' says what is expected",
  columns: [
    { title: "ENVIRONMENT", value: (item) => item.environment },
    { title: "CLUSTER", value: (item) => item.cluster },
    { title: "APPLICATION", value: (item) => item.application },
    { title: "OBJECT", value: (item) => displayRef(item) },
    { title: "SYNC", value: (item, { paint }) => paintSync(item.sync, paint) },
    { title: "HEALTH", value: (item, { paint }) => paintHealth(item.health, paint) },
    { title: "GROUP", wide: true, value: (item) => item.group || "core" },
    { title: "MESSAGE", value: (item) => firstLine(item.message) },
  ],
  notes: () => [],
  identity: ({ environment, cluster, application, ...ref }) =>
    `object ${environment}/${cluster}/${application} ${displayRef(ref)}${ref.group === "" ? "" : ` (${ref.group})`}`,
  place: ({ environment, cluster, application }) => ({ environment, cluster, application }),
  changedBy: ["cluster", "application", "object"],
  parts: ["environment", "cluster", "application"],
};

const drift: Resource<DriftView> = {
  name: "drift",
  singular: "drift",
  aliases: [],
  empty: "No drift: everything is as Git says",
  columns: [
    { title: "ENVIRONMENT", value: (item) => item.environment },
    { title: "CLUSTER", value: (item) => item.cluster },
    { title: "APPLICATION", value: (item) => item.application },
    { title: "OBJECT", value: (item) => displayRef(item.object) },
    { title: "STATE", value: (item) => item.state },
    { title: "COUNT", value: (item) => String(item.count) },
    { title: "LAST SEEN", value: (item, { now }) => age(item.lastSeen, now) },
    { title: "BY", value: (item) => [...new Set(item.fields.map((field) => field.manager || "unknown"))].join(",") },
    { title: "FIELDS", value: (item) => item.fields.map((field) => field.path || "(deleted)").join(", ") },
    {
      title: "OPERATION",
      wide: true,
      value: (item) => [...new Set(item.fields.flatMap(({ operation = "" }) => operation || []))].join(","),
    },
    {
      title: "CHANGE",
      wide: true,
      value: (item) =>
        item.fields
          .map((field) => `${JSON.stringify(field.desired) ?? "absent"} → ${JSON.stringify(field.live) ?? "absent"}`)
          .join(", "),
    },
  ],
  notes: () => [],
  identity: ({ environment, cluster, application, object }) =>
    `drift ${environment}/${cluster}/${application} ${displayRef(object)}${object.group === "" ? "" : ` (${object.group})`}`,
  place: ({ environment, cluster, application }) => ({ environment, cluster, application }),
  changedBy: ["cluster", "drift"],
  parts: ["environment", "cluster", "application"],
};

const promotions: Resource<PromotionView> = {
  name: "promotions",
  singular: "promotion",
  aliases: ["promotion"],
  empty: 'Nothing is promoted: no environment in fleet.yaml has a "from"',
  columns: [
    { title: "ENVIRONMENT", value: (item) => item.environment },
    { title: "FROM", value: (item) => item.upstreams.join(",") },
    { title: "MODE", value: (item) => item.mode },
    { title: "RUNNING", value: (item) => shortRevision(item.running) },
    { title: "NEXT", value: (item) => shortRevision(item.candidate) },
    { title: "STATE", value: (item) => item.state },
    {
      title: "WAITS FOR",
      value: (item) => {
        const gate = item.gates.find(({ state }) => state !== "passed");
        return gate === undefined ? "-" : firstLine(`${gate.name}: ${gate.reason}`);
      },
    },
    { title: "LAST", wide: true, value: (item, { now }) => (item.last === null ? "-" : age(item.last.at, now)) },
    { title: "BY", wide: true, value: (item) => item.last?.actor ?? "-" },
  ],
  notes: (items) =>
    items.flatMap(({ environment, gates, problems }) => [
      ...gates
        .filter(({ state }) => state !== "passed")
        .slice(1)
        .map(({ name, reason }) => `${environment}: ${name}: ${reason}`),
      ...problems.map(({ severity, message }) => `${environment}: ${severity}: ${message}`),
    ]),
  identity: ({ environment }) => `promotion ${environment}`,
  place: ({ environment }) => ({ environment }),
  changedBy: ["promotion"],
  parts: ["environment"],
};

const rollouts: Resource<RolloutView> = {
  name: "rollouts",
  singular: "rollout",
  aliases: ["rollout"],
  empty: 'No rollouts: no environment in fleet.yaml has a "rollout:"',
  columns: [
    { title: "ENVIRONMENT", value: (item) => item.environment },
    { title: "REVISION", value: (item) => shortRevision(item.revision) },
    { title: "STATE", value: ({ state, kind }) => (kind === "rollback" ? `${state} (rollback)` : state) },
    { title: "WAVE", value: (item) => item.wave ?? "-" },
    { title: "HEALTHY", value: ({ waves }) => `${sumOf(waves, "healthy")}/${sumOf(waves, "total")}` },
    { title: "FAILED", value: ({ waves }) => String(sumOf(waves, "failed")) },
    { title: "SINCE", value: (item, { now }) => (item.since === null ? "-" : age(item.since, now)) },
    { title: "RELEASED", wide: true, value: (item) => shortRevision(item.released) },
    { title: "LATER", wide: true, value: ({ waves }) => String(sumOf(waves, "debt")) },
    { title: "MESSAGE", value: (item) => firstLine(item.message) || "-" },
  ],
  notes: (items) =>
    items.flatMap(({ environment, failures }) =>
      failures.map(({ cluster, message }) => `${environment}/${cluster}: ${firstLine(message)}`),
    ),
  identity: ({ environment }) => `rollout ${environment}`,
  place: ({ environment }) => ({ environment }),
  changedBy: ["rollout"],
  parts: ["environment"],
};

function sumOf(waves: RolloutView["waves"], count: keyof RolloutView["waves"][number]["clusters"]): number {
  return waves.reduce((sum, { clusters }) => sum + clusters[count], 0);
}

export const resources: readonly Resource<never>[] = [
  clusters,
  environments,
  applications,
  objects,
  promotions,
  rollouts,
  drift,
  freezes,
];

/** By name or alias. */
export function findResource(word: string): Resource<never> | undefined {
  return resources.find(({ name, aliases }) => name === word || aliases.includes(word));
}
