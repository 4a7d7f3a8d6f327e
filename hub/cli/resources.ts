import {
  type ApplicationView,
  type ClusterView,
  type DriftView,
  displayRef,
  type EnvironmentView,
  type ObjectView,
  worstHealth,
  worstSync,
} from "../../common/domain/index.ts";
import { positioned } from "../../common/errors.ts";
import { age, type Column, firstLine, paintHealth, paintSync, shortRevision } from "./output.ts";

/** What `drover get` can list. */
export interface Resource<T> {
  /** Path segment of the API and first word after `get`. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Said when there is nothing to list: what to do next. */
  readonly empty: string;
  readonly columns: readonly Column<T>[];
  /** Said below a table. */
  readonly notes: (items: readonly T[]) => readonly string[];
}

const clusters: Resource<ClusterView> = {
  name: "clusters",
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
      value: (item) =>
        item.environments.length === 0 ? "-" : paintSync(worstSync(item.environments.map((each) => each.sync))),
    },
    {
      title: "HEALTH",
      value: (item) =>
        item.environments.length === 0 ? "-" : paintHealth(worstHealth(item.environments.map((each) => each.health))),
    },
    { title: "DRIFTED", value: (item) => String(item.environments.reduce((sum, each) => sum + each.drifted, 0)) },
    { title: "LAST SEEN", value: (item) => age(item.lastSeen, Date.now()) },
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
        .map((each) => `${item.name}/${each.name}: ${each.message}`),
    ),
};

const environments: Resource<EnvironmentView> = {
  name: "environments",
  aliases: ["environment", "env", "envs"],
  empty: "No environments yet: fleet.yaml at the root of the repository's trunk names them",
  columns: [
    { title: "NAME", value: (item) => item.name },
    { title: "BRANCH", value: (item) => item.branch },
    { title: "REVISION", value: (item) => shortRevision(item.revision) },
    { title: "PENDING", value: (item) => shortRevision(item.pending) },
    { title: "SYNC", value: (item) => paintSync(item.sync) },
    { title: "HEALTH", value: (item) => paintHealth(item.health) },
    { title: "SYNCED", value: ({ clusters }) => `${clusters.synced}/${clusters.total}` },
    { title: "HEALTHY", value: ({ clusters }) => `${clusters.healthy}/${clusters.total}` },
    { title: "DRIFTED", value: ({ clusters }) => String(clusters.drifted) },
    { title: "OFFLINE", value: ({ clusters }) => String(clusters.offline) },
    { title: "FROM", wide: true, value: (item) => item.from ?? "-" },
    { title: "HOLD", wide: true, value: (item) => item.hold ?? "-" },
  ],
  notes: (items) =>
    items.flatMap((item) =>
      item.problems.map(
        ({ severity, message, position }) => `${item.name}: ${severity}: ${positioned(message, position)}`,
      ),
    ),
};

const applications: Resource<ApplicationView> = {
  name: "applications",
  aliases: ["application", "app", "apps"],
  empty: "No applications: each is an application.yaml in the repository, and a cluster must be in the environment",
  columns: [
    { title: "ENVIRONMENT", value: (item) => item.environment },
    { title: "CLUSTER", value: (item) => item.cluster },
    { title: "NAME", value: (item) => item.name },
    { title: "REVISION", value: (item) => shortRevision(item.revision) },
    { title: "SYNC", value: (item) => paintSync(item.sync) },
    { title: "HEALTH", value: (item) => paintHealth(item.health) },
    { title: "OBJECTS", wide: true, value: (item) => String(item.objects) },
    { title: "DRIFTED", wide: true, value: (item) => String(item.drifted) },
    { title: "MESSAGE", value: (item) => firstLine(item.message) },
  ],
  notes: () => [],
};

const objects: Resource<ObjectView> = {
  name: "objects",
  aliases: ["object"],
  empty: "No objects reported",
  columns: [
    { title: "ENVIRONMENT", value: (item) => item.environment },
    { title: "CLUSTER", value: (item) => item.cluster },
    { title: "APPLICATION", value: (item) => item.application },
    { title: "OBJECT", value: (item) => displayRef(item) },
    { title: "SYNC", value: (item) => paintSync(item.sync) },
    { title: "HEALTH", value: (item) => paintHealth(item.health) },
    { title: "GROUP", wide: true, value: (item) => item.group || "core" },
    { title: "MESSAGE", value: (item) => firstLine(item.message) },
  ],
  notes: () => [],
};

const drift: Resource<DriftView> = {
  name: "drift",
  aliases: [],
  empty: "No drift: everything is as Git says",
  columns: [
    { title: "ENVIRONMENT", value: (item) => item.environment },
    { title: "CLUSTER", value: (item) => item.cluster },
    { title: "APPLICATION", value: (item) => item.application },
    { title: "OBJECT", value: (item) => displayRef(item.object) },
    { title: "STATE", value: (item) => item.state },
    { title: "COUNT", value: (item) => String(item.count) },
    { title: "LAST SEEN", value: (item) => age(item.lastSeen, Date.now()) },
    { title: "BY", value: (item) => [...new Set(item.fields.map((field) => field.manager || "unknown"))].join(",") },
    { title: "FIELDS", value: (item) => item.fields.map((field) => field.path || "(deleted)").join(", ") },
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
};

export const resources: readonly Resource<never>[] = [clusters, environments, applications, objects, drift];
