import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../common/async/index.ts";
import {
  defaultPromotion,
  type Freeze,
  type ObjectRef,
  type PromotionRecordView,
  type PromotionView,
  type RolloutView,
  reportKey,
} from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createFleetQueries, createFleetState, type FleetState } from "../../hub/desk/index.ts";
import { openAuthority } from "../../hub/identity/index.ts";
import { createInspection } from "../../hub/inspect/index.ts";
import { createMetrics } from "../../hub/metrics.ts";
import type { AgentServer, ClusterRecord, Offer } from "../../hub/ports.ts";
import type { FleetActions, FleetChange, FleetQueries } from "../../hub/surfaces.ts";
import { startHttpServer } from "../../hub/view/index.ts";

/** The hub's HTTP API over a real socket, on a real fleet state and read model; mutations are only written down. */
export interface ApiHub {
  readonly url: string;
  readonly httpsUrl: string;
  readonly port: number;
  readonly token: string;
  readonly ca: string;
  readonly state: FleetState;
  /** Mutations asked for, in order, as [name, ...arguments]. */
  readonly calls: unknown[][];
  /** As they are shown. */
  readonly rollouts: RolloutView[];
  /** What agents answer, by cluster; one that is not here is not connected. */
  readonly answers: Map<string, AgentServer["ask"]>;
  /** The next mutation fails so. */
  failNext(error: unknown): void;
  /** Streams of events that are open. */
  listeners(): number;
  close(): Promise<void>;
}

export const token = "token-of-the-test";
export const secret = "webhook-secret";
export const r1 = "1111111111111111111111111111111111111111";
export const r2 = "2222222222222222222222222222222222222222";

export async function startApiHub(options: { readonly port?: number } = {}): Promise<ApiHub> {
  const dir = await mkdtemp(join(tmpdir(), "drover-api-"));
  const log = silentLogger();
  const authority = await openAuthority({ dir, clock: systemClock, log, names: [] });
  const state = createFleetState();
  const rollouts: RolloutView[] = [];
  const queries: FleetQueries = {
    ...createFleetQueries(state, () => true),
    promotions: () => (state.environments.has("prod") ? [wayIntoProd] : []),
    history: () => [promoted],
    tokens: () => [],
    rollouts: () => rollouts,
    changes: async (environment, from) => ({
      environment,
      from: from ?? "dev",
      running: r1,
      revision: r2,
      commits: [{ revision: r2, subject: "Be faster", author: "Ann", at: "2026-01-02T00:00:00.000Z" }],
      files: [{ path: "apps/web/web.yaml", change: "changed" }],
      complete: true,
    }),
    deliveries: async ({ environment = "prod" }, { windowMs, by }) => [
      {
        application: by === "application" ? "web" : null,
        ...{ environment, windowMs, deployments: 3, deploymentsPerDay: 0.1 },
        ...{
          leadTimeMs: 5_400_000,
          changeFailureRate: 1 / 3,
          restoreMs: 600_000,
          unwatched: 0,
          waitedMs: { soak: 600_000 },
        },
      },
    ],
    rolloutPlan: async (environment) => ({ environment, revision: r2, waves: [], expectedMs: 0, problems: [] }),
  };
  const metrics = createMetrics(queries);
  const calls: unknown[][] = [];
  let failure: unknown;
  let listeners = 0;

  const record =
    <R>(name: string, result: (...args: never[]) => R) =>
    async (...args: never[]): Promise<R> => {
      calls.push([name, ...args]);
      const thrown = failure;
      failure = undefined;
      if (thrown !== undefined) throw thrown;
      return result(...args);
    };
  const nothing = () => undefined;
  const actions: FleetActions = {
    join: record("join", (name: string) => ({
      name,
      token: "join-token",
      expiresAt: "2026-01-01T01:00:00.000Z",
      command: "drover-agent --hub 127.0.0.1:8443 --token join-token",
    })),
    revoke: record("revoke", nothing),
    remove: record("remove", nothing),
    label: record("label", nothing),
    trust: record("trust", nothing),
    suspend: record("suspend", nothing),
    createToken: record("createToken", (name: string) => ({ name, token: `drover_${name}` })),
    revokeToken: record("revokeToken", nothing),
    resume: record("resume", nothing),
    promote: record("promote", (environment: string, { revision }: { revision?: string }) => ({
      environment,
      branch: `env/${environment}`,
      from: r1,
      to: revision ?? r2,
      moved: revision !== r1,
    })),
    approve: record("approve", (environment: string, { revision }: { revision?: string }) => ({
      environment,
      revision: revision ?? r2,
    })),
    freeze: record(
      "freeze",
      (environment: string | undefined): Freeze => ({ ...frozen, environment: environment ?? null }),
    ),
    unfreeze: record("unfreeze", nothing),
    confirmPrune: record("confirmPrune", nothing),
    rollout: record("rollout", nothing),
    rollback: record("rollback", (environment: string) => ({
      environment,
      branch: `env/${environment}`,
      from: r2,
      to: r1,
      moved: true,
    })),
    sync: record("sync", nothing),
    fetchNow: record("fetchNow", nothing),
    enrol: record("enrol", () => ({
      cluster: "edge-1",
      certificate: "cert",
      ca: "ca",
      assignmentKey: "key",
      hub: "127.0.0.1:8443",
    })),
  };

  const answers = new Map<string, AgentServer["ask"]>();
  const inspection = createInspection({
    state,
    queries,
    clustersOf: (environment) => queries.clusters({ environment }).map(({ name }) => name),
    candidates: () => ({
      prepare: async (_environment, revision) => {
        throw new AppError("NOT_FOUND", `No commit "${revision}"`);
      },
    }),
    agents: () => ({
      async *ask(cluster, ...rest) {
        const answer = answers.get(cluster);
        if (answer === undefined) throw new AppError("UNAVAILABLE", `Cluster "${cluster}" is not connected`);
        yield* answer(cluster, ...rest);
      },
    }),
  });

  const server = await startHttpServer({
    host: "127.0.0.1",
    port: options.port ?? 0,
    tls: () => authority.serverTls(),
    plainFromAnywhere: false,
    adminToken: token,
    holderOf: (given) => (given === "drover_ann" ? "ann" : undefined),
    version: "0.1.0-test",
    queries,
    actions,
    inspection,
    events: {
      subscribe(listener: (change: FleetChange) => void) {
        listeners++;
        const unsubscribe = state.subscribe(listener);
        return () => {
          listeners--;
          unsubscribe();
        };
      },
    },
    verifyWebhook(headers) {
      if (headers["x-secret"] !== secret)
        throw new AppError("UNAUTHENTICATED", "Cannot accept the webhook: not signed");
      return true;
    },
    metrics: () => metrics.text(),
    log,
  });

  return {
    url: `http://127.0.0.1:${server.port}`,
    httpsUrl: `https://127.0.0.1:${server.port}`,
    port: server.port,
    token,
    ca: authority.caPem,
    state,
    calls,
    rollouts,
    answers,
    failNext(error) {
      failure = error;
    },
    listeners: () => listeners,
    async close() {
      await server.close();
      await metrics.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const web: ObjectRef = { group: "apps", kind: "Deployment", namespace: "shop", name: "web" };

const promoted: PromotionRecordView = {
  kind: "promotion",
  environment: "prod",
  from: null,
  to: r1,
  commit: r1,
  actor: "admin",
  at: "2026-01-02T00:00:00.000Z",
  proof: ["upstream: healthy"],
  bypassed: [],
  reason: "",
};

export const frozen: Freeze = {
  environment: null,
  reason: "year-end",
  by: "admin",
  since: "2026-01-02T00:00:00.000Z",
  until: null,
};

const wayIntoProd: PromotionView = {
  environment: "prod",
  from: "dev",
  upstreams: ["dev"],
  branch: "env/prod",
  mode: "manual",
  running: r1,
  candidate: r2,
  state: "waiting",
  gates: [
    { name: "upstream", state: "passed", reason: "dev is healthy", until: null },
    { name: "soak", state: "waiting", reason: "Healthy for 1m of 10m", until: "2026-01-03T00:00:00.000Z" },
  ],
  approvals: [],
  pullRequest: null,
  problems: [],
  last: promoted,
};

/** dev on edge-1 (fine) and edge-2 (behind, offline, drifted), prod without clusters and with a mistake. */
export function fillFleet(state: FleetState): void {
  for (const name of ["edge-1", "edge-2"]) {
    state.clusters.set(name, clusterRecord(name, { environment: "dev", region: "eu" }));
    state.offers.set(name, new Map([["dev", offer(name, "dev", 2, r2)]]));
  }
  state.connected.add("edge-1");
  state.lastSeen.set("edge-1", "2026-01-03T00:00:00.000Z");
  state.environments.set("dev", {
    environment: {
      name: "dev",
      branch: "main",
      from: [],
      clusters: { matchLabels: { environment: "dev" }, matchExpressions: [] },
      values: {},
      rollout: undefined,
      promotion: undefined,
      guards: { maxDeletes: undefined, allowEmpty: false },
    },
    revision: r2,
    pending: undefined,
    applications: new Map([["shop", { name: "shop", revision: r2, problems: [] }]]),
    problems: [],
  });
  state.environments.set("prod", {
    environment: {
      name: "prod",
      branch: "env/prod",
      from: ["dev"],
      clusters: { matchLabels: { environment: "prod" }, matchExpressions: [] },
      values: {},
      rollout: undefined,
      promotion: defaultPromotion,
      guards: { maxDeletes: undefined, allowEmpty: false },
    },
    revision: r1,
    pending: r2,
    applications: new Map(),
    problems: [
      {
        severity: "error",
        message: 'Unknown field "brnach": expected "branch"',
        position: { file: "fleet.yaml", line: 7, path: "environments[1]" },
      },
    ],
  });
  reportStatus(state, "edge-1", { generation: 2, revision: r2 });
  reportStatus(state, "edge-2", { generation: 1, revision: r1, message: "Deployment shop/web: 0 of 1 ready" });
  state.statuses.get("edge-2")?.set(reportKey({ kind: "drift", environment: "dev", application: "shop", ref: web }), {
    object: web,
    state: "corrected",
    fields: [
      { path: "spec.replicas", desired: 1, live: 3, manager: "kubectl-edit", at: "2026-01-02T00:00:00.000Z" },
      { path: "metadata.labels[x]", live: "y", manager: "", at: "" },
    ],
    count: 4,
    firstSeen: "2026-01-01T00:00:00.000Z",
    lastSeen: "2026-01-02T00:00:00.000Z",
  });
  state.resolved = true;
}

/** What a cluster says of dev and its application shop. */
export function reportStatus(
  state: FleetState,
  cluster: string,
  {
    generation,
    revision,
    message = "",
  }: { readonly generation: number; readonly revision: string; readonly message?: string },
): void {
  const statuses = state.statuses.get(cluster) ?? new Map<string, unknown>();
  state.statuses.set(cluster, statuses);
  const health = message === "" ? "Healthy" : "Progressing";
  const status = { revision, generation, sync: "Synced", health, message };
  const place = { environment: "dev", application: "shop" } as const;
  statuses.set(reportKey({ kind: "environment", environment: "dev" }), { ...status, appliedGeneration: generation });
  statuses.set(reportKey({ kind: "application", ...place }), {
    ...status,
    objects: 1,
    drifted: message === "" ? 0 : 1,
  });
  statuses.set(reportKey({ kind: "object", ...place, ref: web }), { ref: web, sync: "Synced", health, message });
  state.announce({ kind: "environment", environment: "dev", cluster });
  state.announce({ kind: "application", ...place, cluster });
  state.announce({ kind: "object", ...place, cluster });
}

export function clusterRecord(name: string, labels: Readonly<Record<string, string>>): ClusterRecord {
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
    lastSeen: undefined,
  };
}

function offer(cluster: string, environment: string, generation: number, revision: string): Offer {
  const header = { cluster, environment, generation, revision, epoch: "e", digest: "d", epochConfirmed: false };
  return { header, headerBytes: Buffer.alloc(0), signature: Buffer.alloc(0) };
}
