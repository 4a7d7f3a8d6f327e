import type {
  ApplicationView,
  ClusterView,
  DriftView,
  EnvironmentChanges,
  EnvironmentView,
  PromotionRecordView,
  PromotionView,
  RolloutView,
} from "../../common/domain/index.ts";

/** Recorded from a hub's API: prod's canary cannot take what dev runs well, and staging waits for an approval. For tests. */
export const sampleNow = Date.parse("2026-11-23T18:20:04.000Z");

const older = "91c9323e59afd8f93e1afd4a832123742f52e406";
const newer = "68d5a83c4f99a58a15cd0ea7b09b070b01e9d973";
const oldest = "e9f94457c10fe47d7be57d6a5f7917eb25da3adb";
const refused =
  'Cannot apply Deployment shop/web: Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0 (apps/shop/manifests/web.yaml:1)';

export const sampleEnvironments = [
  {
    name: "dev",
    branch: "main",
    revision: newer,
    pending: null,
    from: null,
    upstreams: [],
    clusters: { total: 1, synced: 1, healthy: 1, drifted: 0, offline: 0, suspended: 0 },
    message: "",
    freeze: null,
    hold: null,
    sync: "Synced",
    health: "Healthy",
    problems: [],
  },
  {
    name: "staging",
    branch: "env/staging",
    revision: oldest,
    pending: newer,
    from: "dev",
    upstreams: ["dev"],
    clusters: { total: 1, synced: 1, healthy: 1, drifted: 1, offline: 0, suspended: 0 },
    message: "",
    freeze: null,
    hold: null,
    sync: "Synced",
    health: "Healthy",
    problems: [],
  },
  {
    name: "prod",
    branch: "env/prod",
    revision: newer,
    pending: null,
    from: "dev",
    upstreams: ["dev"],
    clusters: { total: 2, synced: 0, healthy: 2, drifted: 0, offline: 0, suspended: 1 },
    message: `shop: ${refused} (prod-1)`,
    freeze: null,
    hold: null,
    sync: "OutOfSync",
    health: "Healthy",
    problems: [],
  },
] as const satisfies readonly EnvironmentView[];

const gatesOfStaging = [
  { name: "upstream", state: "passed", reason: '"dev": 1 of 1 clusters run it and are healthy', until: null },
  { name: "soak", state: "passed", reason: "Healthy for 1m43s without a break, 1m needed", until: null },
  { name: "approvals", state: "waiting", reason: "0 of 1 approvals", until: null },
  { name: "line", state: "passed", reason: 'Branch "env/staging" can be fast-forwarded', until: null },
] as const satisfies PromotionView["gates"];

export const sampleHistory = [
  {
    kind: "promotion",
    environment: "prod",
    from: older,
    to: newer,
    commit: newer,
    actor: "admin",
    at: "2026-11-23T18:19:43.485Z",
    proof: ['upstream: "dev": 1 of 1 clusters run it and are healthy', "soak: None is asked for"],
    bypassed: [],
    reason: "",
    waitedMs: { upstream: 229 },
  },
  {
    kind: "rollback",
    environment: "prod",
    from: newer,
    to: older,
    commit: oldest,
    actor: "ann",
    at: "2026-11-22T08:00:00.000Z",
    proof: [],
    bypassed: ["freeze"],
    reason: "checkout is slow",
  },
] as const satisfies readonly PromotionRecordView[];

export const samplePromotions = [
  {
    environment: "staging",
    from: "dev",
    upstreams: ["dev"],
    branch: "env/staging",
    mode: "manual",
    running: oldest,
    candidate: older,
    state: "waiting",
    gates: gatesOfStaging,
    approvals: [],
    problems: [],
    last: null,
    pullRequest: null,
  },
  {
    environment: "prod",
    from: "dev",
    upstreams: ["dev"],
    branch: "env/prod",
    mode: "manual",
    running: newer,
    candidate: null,
    state: "idle",
    gates: [],
    approvals: [],
    problems: [],
    last: sampleHistory[0],
    pullRequest: null,
  },
] as const satisfies readonly PromotionView[];

export const sampleRollout = {
  environment: "prod",
  state: "paused",
  message: `paused by drover: 1 of 1 cluster of wave "canary" failed: shop: ${refused} (prod-1)`,
  since: "2026-11-23T18:19:44.027Z",
  startedAt: "2026-11-23T18:19:40.000Z",
  revision: newer,
  kind: "forward",
  released: oldest,
  wave: "canary",
  waves: [
    {
      name: "canary",
      state: "current",
      clusters: { total: 1, waiting: 0, updating: 0, healthy: 0, failed: 1, debt: 0 },
    },
    { name: "rest", state: "pending", clusters: { total: 1, waiting: 0, updating: 0, healthy: 0, failed: 0, debt: 1 } },
  ],
  gates: [
    {
      wave: "rest",
      when: "before",
      name: "go",
      state: "pending",
      message: "0 of 1 approvals",
      since: "2026-11-23T18:19:44.027Z",
      approvedBy: [],
    },
  ],
  failures: [{ cluster: "prod-1", wave: "canary", message: `shop: ${refused}` }],
  debt: [{ cluster: "prod-2", reason: "suspended: admin: disk swap", since: "2026-11-23T18:19:58.803Z" }],
  queue: [],
  hold: null,
  heldBack: null,
  quarantine: [],
  history: [
    {
      at: "2026-11-23T18:19:44.027Z",
      revision: newer,
      what: "started 68d5a83c4f99",
      actor: "drover",
      reason: "",
    },
    {
      at: "2026-11-23T18:19:50.000Z",
      revision: newer,
      what: 'paused (wave "canary")',
      actor: "drover",
      reason: '1 of 1 cluster of wave "canary" failed',
    },
  ],
  past: [],
} as const satisfies RolloutView;

const active = { connected: true, identity: "active", agentVersion: "0.1.0" } as const;

export const sampleClusters = [
  {
    ...active,
    name: "dev-1",
    labels: { environment: "dev" },
    lastSeen: "2026-11-23T18:19:48.387Z",
    kubernetesVersion: "v1.36.3",
    environments: [
      {
        name: "dev",
        revision: newer,
        generation: 2,
        sync: "Synced",
        health: "Healthy",
        drifted: 0,
        message: "",
        suspended: null,
      },
    ],
  },
  {
    ...active,
    name: "prod-1",
    labels: { environment: "prod", canary: "true" },
    lastSeen: "2026-11-23T18:19:48.387Z",
    kubernetesVersion: "v1.36.3",
    environments: [
      {
        name: "prod",
        revision: newer,
        generation: 3,
        sync: "OutOfSync",
        health: "Degraded",
        drifted: 0,
        message: `shop: ${refused}`,
        suspended: null,
      },
    ],
  },
  {
    ...active,
    name: "prod-2",
    labels: { environment: "prod" },
    connected: false,
    lastSeen: "2026-11-23T17:19:48.219Z",
    kubernetesVersion: "v1.35.1",
    environments: [
      {
        name: "prod",
        revision: older,
        generation: 1,
        sync: "OutOfSync",
        health: "Healthy",
        drifted: 0,
        message: "Suspended by admin: disk swap",
        suspended: { by: "admin", reason: "disk swap", since: "2026-11-23T18:19:58.799Z" },
      },
    ],
  },
] as const satisfies readonly ClusterView[];

const fine = {
  revision: newer,
  sync: "Synced",
  health: "Healthy",
  message: "",
  objects: 4,
  drifted: 0,
  blockedPrune: null,
  problems: [],
} as const;

export const sampleApplications = [
  { ...fine, environment: "prod", cluster: "prod-1", name: "database" },
  { ...fine, environment: "prod", cluster: "prod-2", name: "database", drifted: 1 },
  {
    ...fine,
    environment: "prod",
    cluster: "prod-1",
    name: "shop",
    sync: "OutOfSync",
    health: "Degraded",
    message: `${refused}\nService shop/web: No endpoints`,
  },
  { ...fine, environment: "prod", cluster: "prod-2", name: "shop" },
] as const satisfies readonly ApplicationView[];

export const sampleDrift = [
  {
    environment: "prod",
    cluster: "prod-2",
    application: "database",
    object: { group: "", kind: "ConfigMap", namespace: "database", name: "database-settings" },
    state: "contested",
    fields: [
      { path: "data.size", desired: "10Gi", live: "20Gi", manager: "kubectl-edit", at: "2026-11-23T18:10:00.000Z" },
    ],
    count: 12,
    firstSeen: "2026-11-23T18:00:00.000Z",
    lastSeen: "2026-11-23T18:19:00.000Z",
  },
  {
    environment: "staging",
    cluster: "staging-1",
    application: "shop",
    object: { group: "apps", kind: "Deployment", namespace: "shop", name: "web" },
    state: "corrected",
    fields: [{ path: "", live: undefined, manager: "", at: "" }],
    count: 1,
    firstSeen: "2026-11-23T18:18:00.000Z",
    lastSeen: "2026-11-23T18:18:00.000Z",
  },
] as const satisfies readonly DriftView[];

export const sampleChanges = {
  environment: "staging",
  from: "dev",
  running: oldest,
  revision: newer,
  commits: [
    { revision: newer, subject: "Serve 1.1.0", author: "Ann", at: "2026-11-23T18:19:38.000Z" },
    { revision: older, subject: "Roll out in waves", author: "Ann", at: "2026-11-23T18:19:01.000Z" },
  ],
  files: [{ path: "apps/shop/manifests/web.yaml", change: "changed" }],
  complete: true,
} as const satisfies EnvironmentChanges;
