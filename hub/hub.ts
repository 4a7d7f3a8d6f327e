import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { systemClock } from "../common/async/index.ts";
import { isAbort } from "../common/errors.ts";
import type { Logger } from "../common/telemetry/index.ts";
import { version } from "../common/version.ts";
import { adminToken } from "./admin-token.ts";
import { createEnvironmentChanges } from "./changelog/index.ts";
import { environmentPage, type HubConfig } from "./config.ts";
import { createDeliveries } from "./delivery/index.ts";
import {
  createBlobTable,
  createDesk,
  createFleetActions,
  createFleetQueries,
  createFleetState,
  createPruneConfirmations,
  createSuspensions,
} from "./desk/index.ts";
import { createRollouts } from "./drive/index.ts";
import { configuredForge } from "./forge/index.ts";
import { createGates } from "./gates/index.ts";
import { verifyWebhook } from "./git/index.ts";
import {
  createEnrolment,
  createJoinTokens,
  createPersonTokens,
  type JoinTokenRecord,
  openAuthority,
  type PersonTokenRecord,
} from "./identity/index.ts";
import { createInspection } from "./inspect/index.ts";
import { createLedger } from "./ledger/index.ts";
import { createMetrics } from "./metrics.ts";
import { createNotifier } from "./notify/index.ts";
import { openSources } from "./open-sources.ts";
import { createAssigner, createPipeline } from "./pipeline/index.ts";
import type { ClusterRecord } from "./ports.ts";
import { createFreezes, createPromoter } from "./promoter/index.ts";
import { openHubState } from "./store/index.ts";
import { createAgentServer } from "./stream/index.ts";
import type { FleetQueries } from "./surfaces.ts";
import { startHttpServer } from "./view/index.ts";

export interface Hub {
  /** "http://HOST:PORT" for this machine. */
  readonly http: string;
  /** HOST:PORT */
  readonly agents: string;
  /** What keeps the state: for the banner. */
  readonly store: string;
  /** The admin token's file. */
  readonly tokenFile: string;
  close(): Promise<void>;
}

/** The hub in the order in which data flows: Git → resolve → render → assign → stream, and reports → view on the way back. */
export async function createHub(config: HubConfig, log: Logger): Promise<Hub> {
  const clock = systemClock;
  const stopping = new AbortController();
  const { signal } = stopping;
  // Every loop listens to it.
  setMaxListeners(0, signal);
  const token = await adminToken(config.data);
  const hubState = await openHubState({ redis: config.redis, dataDir: config.data, env: process.env, log });
  const { store, jobs } = hubState;

  const { git, renderer } = await openSources(config, { store, signal, log });
  const names = [...config.advertise, config.agents.host, config.http.host].filter(
    (name) => name !== "0.0.0.0" && name !== "::",
  );
  const authority = await openAuthority({ dir: join(config.data, "keys"), clock, log, names });
  const people = createPersonTokens({ collection: store.collection<PersonTokenRecord>("people"), clock });
  await people.load();
  const tokens = createJoinTokens({ collection: store.collection<JoinTokenRecord>("tokens"), clock });

  const state = createFleetState();
  const blobs = createBlobTable();
  const assigner = createAssigner({
    state,
    store,
    blobs,
    epoch: () => desk.epoch,
    sign: (header) => authority.signAssignment(header),
    guardOf: (environment) => rollouts.guardOf(environment),
    offered: (cluster) => server.offer(cluster),
    log,
  });
  const pruneConfirmations = createPruneConfirmations({
    state,
    store,
    clock,
    reoffer: (cluster) => assigner.reoffer(cluster),
  });
  const desk = await createDesk({
    state,
    store,
    blobs,
    clock,
    log,
    catchUp: (cluster, greeting) => assigner.catchUp(cluster, greeting),
    received: (cluster, ack) => assigner.acknowledge(cluster, ack),
    reported: (cluster, changes) => pruneConfirmations.judge(cluster, changes),
    issueCertificate: ({ cluster, clusterUid }, csr) =>
      authority.issueAgentCertificate(csr, { cluster, clusterUid, lifetimeMs: config.certificateLifetimeMs }),
  });
  await pruneConfirmations.load();
  const suspensions = createSuspensions({ state, store, clock });
  await suspensions.load();
  await assigner.restore();

  const freezes = createFreezes({
    state,
    store,
    clock,
    log,
    changed() {
      for (const { environment } of state.environments.values()) {
        if (environment.rollout !== undefined) void pipeline.requestEnvironment(environment.name);
      }
    },
  });
  const notifier = createNotifier({ store, jobs, url: config.notifyUrl, secret: config.notifySecret, clock, log });
  const forge = await configuredForge(config);
  const rollouts = createRollouts({
    fleet: state,
    store,
    git,
    forge,
    clock,
    log,
    identity: config.gitAuthor,
    trunk: config.trunk,
    async assign(cluster, environment) {
      await assigner.assign(cluster);
      if (!assigner.canAssign(cluster, environment)) await pipeline.requestEnvironment(environment);
    },
    checkGate: (request, options) => checkGate(request, options),
    freezes: freezes.recall,
    notify: notifier.notify,
    movedBy: (environment, revision) => promoter.movedBy(environment, revision),
    tookOver: () => assigner.restore(),
    moved: () => void pipeline.requestFetch(),
  });
  const pipeline = createPipeline({
    state,
    rollouts,
    git,
    renderer,
    assigner,
    store,
    blobs,
    jobs,
    trunk: config.trunk,
    pollMs: config.pollMs,
    clock,
    random: Math.random,
    log,
  });
  const server = await createAgentServer({
    host: config.agents.host,
    port: config.agents.port,
    tls: authority,
    desk,
    hubVersion: version,
    clock,
    log,
  });

  const reachable = config.advertise[0] ?? (names.includes(config.agents.host) ? config.agents.host : "127.0.0.1");
  const agentsAddress = `${reachable}:${server.address.slice(server.address.lastIndexOf(":") + 1)}`;
  const enrolment = createEnrolment({
    authority,
    tokens,
    clusters: store.collection<ClusterRecord>("clusters"),
    log,
    hub: agentsAddress,
    certificateLifetimeMs: config.certificateLifetimeMs,
  });
  const reads = createFleetQueries(state, () => true);
  const ledger = createLedger({ git, seals: authority, identity: config.gitAuthor, clock, log });
  const promoter = createPromoter({
    state,
    renderer,
    clusters: reads.clusters,
    git,
    store,
    freezes,
    ledger,
    checkGate: (request, options) => checkGate(request, options),
    trunk: config.trunk,
    forge,
    link: (environment) => environmentPage(config.publicUrl, environment),
    notify: notifier.notify,
    identity: config.gitAuthor,
    requestFetch: () => pipeline.requestFetch(),
    clock,
    signal,
    log,
  });
  const queries: FleetQueries = {
    ...reads,
    environments: (filter) =>
      reads.environments(filter).map((view) => ({
        ...view,
        problems: [...git.problems(view.branch), ...view.problems],
      })),
    problems: () => [...git.problems(), ...reads.problems()],
    promotions: promoter.views,
    history: promoter.history,
    tokens: people.list,
    rollouts: rollouts.views,
    rolloutPlan: rollouts.plan,
    changes: createEnvironmentChanges(state, git),
    deliveries: createDeliveries({
      ...{ state, git, renderer, clock },
      environments: reads.environments,
      history: promoter.history,
      healths: promoter.healths,
    }),
  };
  const inspection = createInspection({
    state,
    queries,
    clustersOf: (environment) => assigner.clustersOf(environment),
    candidates: () => pipeline.candidates,
    agents: () => server,
  });
  const checkGate = createGates({
    inspection,
    git,
    agents: () => server,
    sign: (bytes) => authority.signAssignment(bytes),
    stopping: signal,
    clock,
    log,
  });
  const actions = createFleetActions({
    state,
    store,
    epoch: desk.epoch,
    agents: () => server,
    async issueToken(cluster, { replace }) {
      const enrolUrl = `https://${config.advertise[0] ?? http.host.replace("0.0.0.0", "127.0.0.1")}:${http.port}`;
      const issued = await tokens.issue(cluster, {
        ttlMs: config.joinTokenMs,
        replace,
        enrolUrl,
        caFingerprint: authority.caFingerprint,
      });
      return { ...issued, command: `drover-agent --hub ${agentsAddress} --token ${issued.token}` };
    },
    enrol: (request) => enrolment.enrol(request),
    confirmPrune: (environment, choices, actor) => pruneConfirmations.confirm(environment, choices, actor),
    suspensions,
    issuePersonToken: people.issue,
    revokePersonToken: people.revoke,
    promote: promoter.promote,
    freeze: promoter.freeze,
    unfreeze: promoter.unfreeze,
    approve: async (environment, options) =>
      (await rollouts.approve(environment, options)) ?? promoter.approve(environment, options),
    async rollout(environment, action, options) {
      await rollouts.act(environment, action, options);
      // What was on its way arrives before the answer.
      if (action === "hold") await promoter.unmoved();
    },
    async rollback(environment, options) {
      const result = await rollouts.rollback(environment, options);
      await promoter.recall(environment);
      return result;
    },
    requestFetch: () => pipeline.requestFetch(),
    requestAssign: (cluster) => pipeline.requestAssign(cluster),
    clock,
    log,
  });
  const metrics = createMetrics(queries);
  const http = await startHttpServer({
    host: config.http.host,
    port: config.http.port,
    tls: () => authority.serverTls(),
    plainFromAnywhere: config.insecureHttp,
    adminToken: token,
    holderOf: people.holderOf,
    version,
    queries,
    actions,
    inspection,
    events: state,
    verifyWebhook(headers, body) {
      const { verified, event } = verifyWebhook({ headers, body, secret: config.webhookSecret });
      if (!verified || event === undefined) return true;
      if (event.kind !== "push") promoter.hint({ ...event, kind: event.kind });
      // A merged pull request has moved a branch.
      return event.kind !== "status";
    },
    metrics: () => metrics.text(),
    log,
  });

  await jobs.start();
  await notifier.resume();
  const loops = [pipeline.run({ signal }), promoter.run(), authority.run({ signal })].map((loop) =>
    loop.catch((thrown: unknown) => {
      if (!isAbort(thrown)) log.fatal({ err: thrown }, "a loop of the hub ended");
    }),
  );

  return {
    http: `http://${http.host.replace("0.0.0.0", "127.0.0.1")}:${http.port}`,
    agents: agentsAddress,
    store: hubState.banner,
    tokenFile: join(config.data, "admin-token"),
    // In reverse: nothing new comes in, then what runs ends, then what it needs goes.
    async close() {
      stopping.abort();
      await http.close();
      await server.close();
      await Promise.all(loops);
      await rollouts.close();
      await hubState.close();
      await git.close();
      await metrics.close();
    },
  };
}
