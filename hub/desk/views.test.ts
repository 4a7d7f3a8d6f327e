import { expect, test } from "vitest";
import type {
  ApplicationStatus,
  DriftRecord,
  EnvironmentStatus,
  ObjectRef,
  ObjectStatus,
  Problem,
} from "../../common/domain/index.ts";
import { refKey } from "../../common/domain/index.ts";
import type { ClusterRecord, Offer } from "../ports.ts";
import { createFleetState, type EnvironmentState, type FleetState } from "./fleet-state.ts";
import { createFleetQueries } from "./views.ts";

const web: ObjectRef = { group: "apps", kind: "Deployment", namespace: "shop", name: "web" };
const error: Problem = { severity: "error", message: "Unknown field", position: { file: "fleet.yaml", line: 3 } };

/** Two clusters in dev, one in prod; both dev clusters run "shop" at revision r2 as generation 5. */
function fleet(): FleetState {
  const state = createFleetState();
  for (const [name, environment] of [
    ["edge-1", "dev"],
    ["edge-2", "dev"],
    ["core", "prod"],
  ] as const) {
    state.clusters.set(name, record(name, { environment }));
    state.offers.set(name, new Map([[environment, offer(name, environment, 5, "r2")]]));
    state.connected.add(name);
    report(state, name, environment, { generation: 5, revision: "r2" });
  }
  state.environments.set("dev", environment("dev", "r2", ["shop"]));
  state.environments.set("prod", environment("prod", "r2", ["shop"]));
  return state;
}

function record(name: string, labels: Readonly<Record<string, string>>): ClusterRecord {
  return {
    name,
    labels,
    uid: `uid-${name}`,
    createdAt: "2026-01-01T00:00:00.000Z",
    enrolledAt: "2026-01-01T00:00:00.000Z",
    revokedAt: undefined,
    confirmedEpoch: undefined,
    agentVersion: "0.1.0",
    kubernetesVersion: "v1.36.0",
    lastSeen: "2026-01-02T00:00:00.000Z",
  };
}

function offer(cluster: string, environment: string, generation: number, revision: string): Offer {
  const header = { cluster, environment, generation, revision, epoch: "e", digest: "d", epochConfirmed: false };
  return { header, headerBytes: Buffer.alloc(0), signature: Buffer.alloc(0) };
}

function environment(name: string, revision: string, applications: readonly string[]): EnvironmentState {
  return {
    environment: {
      name,
      branch: `env/${name}`,
      from: name === "prod" ? ["dev"] : [],
      clusters: { matchLabels: { environment: name }, matchExpressions: [] },
      values: {},
      rollout: undefined,
      promotion: undefined,
      guards: { maxDeletes: undefined, allowEmpty: false },
    },
    revision,
    pending: undefined,
    applications: new Map(applications.map((each) => [each, { name: each, revision, problems: [] }])),
    problems: [],
  };
}

function report(
  state: FleetState,
  cluster: string,
  environment: string,
  { generation, revision, drifted = 0 }: { generation: number; revision: string; drifted?: number },
): void {
  const common = { revision, generation, sync: "Synced", health: "Healthy", message: "" } as const;
  const environmentStatus: EnvironmentStatus = { ...common, appliedGeneration: generation };
  const application: ApplicationStatus = { ...common, objects: 1, drifted };
  const object: ObjectStatus = { ref: web, sync: "Synced", health: "Healthy", message: "" };
  state.statuses.set(
    cluster,
    new Map<string, unknown>([
      [`environment/${environment}`, environmentStatus],
      [`application/${environment}/shop`, application],
      [`object/${environment}/shop/${refKey(web)}`, object],
    ]),
  );
}

function drift(state: FleetState, cluster: string, environment: string, lastSeen: string): DriftRecord {
  const value: DriftRecord = {
    object: web,
    state: "corrected",
    fields: [{ path: "spec.replicas", desired: 1, live: 3, manager: "kubectl", at: lastSeen }],
    count: 2,
    firstSeen: lastSeen,
    lastSeen,
  };
  state.statuses.get(cluster)?.set(`drift/${environment}/shop/${refKey(web)}`, value);
  return value;
}

const queriesOf = (state: FleetState) => createFleetQueries(state, () => true);
const names = (views: readonly { readonly name: string }[]) => views.map(({ name }) => name);

test("clusters() shows what each runs", () => {
  expect(queriesOf(fleet()).clusters({ cluster: "edge-1" })).toEqual([
    {
      name: "edge-1",
      labels: { environment: "dev" },
      connected: true,
      lastSeen: "2026-01-02T00:00:00.000Z",
      agentVersion: "0.1.0",
      kubernetesVersion: "v1.36.0",
      environments: [
        {
          name: "dev",
          revision: "r2",
          generation: 5,
          sync: "Synced",
          health: "Healthy",
          drifted: 0,
          message: "",
          suspended: null,
        },
      ],
      identity: "active",
    },
  ]);
});

test("clusters() is narrowed by name, environment and application, and sorted", () => {
  const { clusters } = queriesOf(fleet());
  expect([
    names(clusters({})),
    names(clusters({ name: "core" })),
    names(clusters({ environment: "dev" })),
    names(clusters({ environment: "dev", cluster: "core" })),
    names(clusters({ application: "shop", environment: "prod" })),
    names(clusters({ application: "other" })),
    names(clusters({ cluster: "nowhere" })),
  ]).toEqual([["core", "edge-1", "edge-2"], ["core"], ["edge-1", "edge-2"], [], ["core"], [], []]);
});

test("clusters() tells clusters that never joined and revoked ones from active ones", () => {
  const state = fleet();
  state.clusters.set("edge-2", { ...record("edge-2", {}), uid: undefined });
  state.clusters.set("core", { ...record("core", {}), revokedAt: "2026-02-01T00:00:00.000Z" });
  expect(
    queriesOf(state)
      .clusters({})
      .map(({ identity }) => identity),
  ).toEqual(["revoked", "active", "pending"]);
});

test("environments() counts its clusters", () => {
  const state = fleet();
  report(state, "edge-2", "dev", { generation: 4, revision: "r1", drifted: 1 });
  state.connected.delete("edge-2");
  expect(queriesOf(state).environments({ name: "dev" })).toEqual([
    {
      name: "dev",
      branch: "env/dev",
      revision: "r2",
      pending: null,
      from: null,
      upstreams: [],
      clusters: { total: 2, synced: 1, healthy: 2, drifted: 1, offline: 1, suspended: 0 },
      message: "",
      hold: null,
      freeze: null,
      sync: "OutOfSync",
      health: "Healthy",
      problems: [],
    },
  ]);
});

test("environments() says why its clusters are not well, equal reasons together; one that is suspended is counted", () => {
  const state = fleet();
  const problem: Problem = { severity: "error", message: 'no value for "size"' };
  for (const cluster of ["edge-1", "edge-2"]) {
    state.clusterProblems.set(cluster, new Map([["dev/shop", problem]]));
  }
  const { environments } = queriesOf(state);
  const both = environments({ name: "dev" })[0];
  state.suspensions.set(
    "dev",
    new Map([["edge-2", { by: "ann", reason: "disk swap", since: "2026-01-01T00:00:00Z" }]]),
  );
  const one = environments({ name: "dev" })[0];
  expect([both?.message, both?.clusters.suspended, one?.message, one?.clusters.suspended]).toEqual([
    'no value for "size" (edge-1, edge-2)',
    0,
    'no value for "size" (edge-1)',
    1,
  ]);
});

test("environments() counts no cluster as synced whose assignment is still the one of the commit before", () => {
  const state = fleet();
  state.environments.set("dev", environment("dev", "r3", ["shop"]));
  const { environments, clusters, applications } = queriesOf(state);
  expect({
    environment: environments({ name: "dev" })[0]?.clusters.synced,
    cluster: clusters({ name: "edge-1" })[0]?.environments[0]?.sync,
    application: applications({ cluster: "edge-1" })[0]?.sync,
  }).toEqual({ environment: 0, cluster: "OutOfSync", application: "OutOfSync" });
});

test("environments() counts a cluster from the moment its labels are selected", () => {
  const state = fleet();
  state.clusters.set("edge-3", record("edge-3", { environment: "dev" }));
  const { environments, clusters } = queriesOf(state);
  expect([environments({ name: "dev" })[0]?.clusters, clusters({ name: "edge-3" })[0]?.environments]).toEqual([
    { total: 3, synced: 2, healthy: 2, drifted: 0, offline: 1, suspended: 0 },
    [
      {
        name: "dev",
        revision: "",
        generation: 0,
        sync: "Unknown",
        health: "Unknown",
        drifted: 0,
        message: "Not reported yet",
        suspended: null,
      },
    ],
  ]);
});

test("clusters() shows who suspended one, why and since when; a word for all counts for each", () => {
  const state = fleet();
  const since = "2026-01-02T00:00:00.000Z";
  const shown = () =>
    queriesOf(state)
      .clusters({ environment: "dev" })
      .map(({ name, environments: [first] }) => [name, first?.suspended, first?.message]);
  state.suspensions.set("dev", new Map([["edge-1", { by: "ann", reason: "maintenance", since }]]));
  expect(shown()).toEqual([
    ["edge-1", { by: "ann", reason: "maintenance", since }, "Suspended by ann: maintenance"],
    ["edge-2", null, ""],
  ]);
  state.suspensions.set("dev", new Map([["*", { by: "bob", reason: "", since }]]));
  expect(shown().map(([name, , message]) => [name, message])).toEqual([
    ["edge-1", "Suspended by bob"],
    ["edge-2", "Suspended by bob"],
  ]);
});

test("environments() is in promotion order, narrowed by cluster and application", () => {
  const { environments } = queriesOf(fleet());
  expect([
    names(environments({})),
    names(environments({ cluster: "core" })),
    names(environments({ application: "other" })),
    names(environments({ environment: "dev", name: "prod" })),
  ]).toEqual([["dev", "prod"], ["prod"], [], []]);
});

test("environments() is out of sync while an application has an error, though its clusters run the last good state", () => {
  const state = fleet();
  const known = environment("dev", "r2", ["shop"]);
  state.environments.set("dev", {
    ...known,
    applications: new Map([["shop", { name: "shop", revision: "r1", problems: [error] }]]),
  });
  const [view] = queriesOf(state).environments({ name: "dev" });
  expect([view?.sync, view?.problems]).toEqual(["OutOfSync", [error]]);
});

test("applications() holds the report against the assignment and says why", () => {
  const state = fleet();
  report(state, "edge-1", "dev", { generation: 4, revision: "r1" });
  state.clusterProblems.set("edge-1", new Map([["dev/shop", error]]));
  expect(queriesOf(state).applications({ cluster: "edge-1" })).toEqual([
    {
      environment: "dev",
      cluster: "edge-1",
      name: "shop",
      revision: "r1",
      sync: "OutOfSync",
      health: "Healthy",
      message: "fleet.yaml:3: Unknown field",
      objects: 1,
      drifted: 0,
      blockedPrune: null,
      problems: [error],
    },
  ]);
});

test("applications() shows what is not reported yet and what a cluster still has", () => {
  const state = fleet();
  state.environments.set("dev", environment("dev", "r2", ["api"]));
  expect(
    queriesOf(state)
      .applications({ cluster: "edge-1" })
      .map(({ name, sync, message }) => [name, sync, message]),
  ).toEqual([
    ["api", "Unknown", "Not reported yet"],
    ["shop", "Synced", ""],
  ]);
});

test("applications() is narrowed by environment, application and name", () => {
  const { applications } = queriesOf(fleet());
  const clusters = (filter: Parameters<typeof applications>[0]) => applications(filter).map(({ cluster }) => cluster);
  expect([
    clusters({}),
    clusters({ environment: "dev" }),
    clusters({ name: "shop", environment: "prod" }),
    clusters({ application: "shop", name: "other" }),
    clusters({ application: "other" }),
  ]).toEqual([["core", "edge-1", "edge-2"], ["edge-1", "edge-2"], ["core"], [], []]);
});

test("objects() takes the revision from its application", () => {
  const { objects } = queriesOf(fleet());
  expect(objects({ cluster: "core" })).toEqual([
    {
      environment: "prod",
      cluster: "core",
      application: "shop",
      ...web,
      revision: "r2",
      sync: "Synced",
      health: "Healthy",
      message: "",
    },
  ]);
  expect([
    objects({ application: "sho" }).length,
    objects({ environment: "de" }).length,
    objects({ name: "we" }).length,
    objects({ environment: "dev", application: "shop", name: "web" }).length,
  ]).toEqual([0, 0, 0, 2]);
});

test("drift() is newest first over all clusters", () => {
  const state = fleet();
  const older = drift(state, "edge-1", "dev", "2026-01-03T00:00:00.000Z");
  const newer = drift(state, "edge-2", "dev", "2026-01-04T00:00:00.000Z");
  const oldest = drift(state, "core", "prod", "2026-01-02T00:00:00.000Z");
  const { drift: query } = queriesOf(state);
  expect(query({})).toEqual([
    { environment: "dev", cluster: "edge-2", application: "shop", ...newer },
    { environment: "dev", cluster: "edge-1", application: "shop", ...older },
    { environment: "prod", cluster: "core", application: "shop", ...oldest },
  ]);
  expect(query({ environment: "prod" }).length).toBe(1);
});

test("environments() counts drift anew when a cluster reports it", () => {
  const state = fleet();
  const { environments } = queriesOf(state);
  const before = environments({ name: "dev" })[0]?.clusters.drifted;
  report(state, "edge-1", "dev", { generation: 5, revision: "r2", drifted: 3 });
  state.announce({ kind: "application", environment: "dev", cluster: "edge-1", application: "shop" });
  expect([before, environments({ name: "dev" })[0]?.clusters.drifted]).toEqual([0, 1]);
});

test("ready() says what is missing", () => {
  const state = fleet();
  const before = createFleetQueries(state, () => false).ready();
  const unread = queriesOf(state).ready();
  state.resolved = true;
  expect([before, unread, queriesOf(state).ready(), queriesOf(state).totals()]).toEqual([
    { ready: false, reason: "The agent port is not open yet" },
    { ready: false, reason: "The repository has not been read yet" },
    { ready: true, reason: "" },
    { clusters: 3, connected: 3 },
  ]);
});

test("environments() are at an unknown state while fleet.yaml is wrong or the repository out of reach", () => {
  const state = fleet();
  state.problems = [error, { severity: "warning", message: "Two environments share a branch" }];
  const [dev] = createFleetQueries(state, () => true).environments({ name: "dev" });
  expect([dev?.sync, dev?.problems]).toEqual(["Unknown", [error]]);
});
