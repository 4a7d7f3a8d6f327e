import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { systemClock } from "../../common/async/index.ts";
import type { AssignmentHeader, PromotionRecordView, PromotionView } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { decodeApplicationBody, decodeAssignmentBody } from "../../common/wire/index.ts";
import { createBlobTable, createFleetState, createSuspensions, type FleetState } from "../../hub/desk/index.ts";
import { createRollouts, type Rollouts } from "../../hub/drive/index.ts";
import { openGitSource } from "../../hub/git/index.ts";
import { createLedger } from "../../hub/ledger/index.ts";
import { type Assigner, createAssigner, createPipeline } from "../../hub/pipeline/index.ts";
import type { ClusterRecord, Forge, GitSource } from "../../hub/ports.ts";
import { createFreezes, createPromoter } from "../../hub/promoter/index.ts";
import { createRenderer } from "../../hub/render/index.ts";
import { openHubState } from "../../hub/store/index.ts";
import type { PromotionResult } from "../../hub/surfaces.ts";
import { openSeals } from "../fakes/open-seals.ts";
import { clusterViewOf } from "../fakes/promotable.ts";
import { createWorkTree, startGitServer, type WorkTree } from "../git-server/index.ts";
import { until } from "../programs/index.ts";

/** The hub between Git and offers, with real git, renderer and store, and no agents. */
export interface PipelineStage {
  readonly work: WorkTree;
  readonly state: FleetState;
  readonly assigner: Assigner;
  readonly git: GitSource;
  /** Asks for a fetch, and does not wait for what follows from it. */
  fetch(): Promise<void>;
  /** Fetches and waits until all that follows from it is done. */
  settle(): Promise<void>;
  addCluster(name: string, labels: Readonly<Record<string, string>>): Promise<void>;
  removeCluster(name: string): Promise<void>;
  act: Rollouts["act"];
  suspend(environment: string, cluster: string, reason: string): Promise<void>;
  resume(environment: string, cluster: string): Promise<void>;
  header(cluster: string, environment: string): AssignmentHeader | undefined;
  /** Application → names of its objects, or the reason why it is held. */
  content(cluster: string, environment: string): Readonly<Record<string, readonly string[] | string>>;
  /** Digests of the objects that a cluster is to run, by application and object. */
  objects(cluster: string, environment: string): Readonly<Record<string, string>>;
  /** Name → data of its ConfigMaps. */
  data(cluster: string, environment: string): Readonly<Record<string, unknown>>;
  promote(environment: string, revision?: string): Promise<PromotionResult>;
  approve(environment: string, revision: string, actor: string): Promise<void>;
  rollback: Rollouts["rollback"];
  /** What is shown of the way into an environment. */
  way(environment: string): PromotionView | undefined;
  /** What people were told of promotions. */
  readonly notices: readonly { readonly environment: string; readonly id: string; readonly message: string }[];
  /** As Git has it now. */
  history(environment: string): Promise<readonly PromotionRecordView[]>;
  /** Everything. */
  freeze(reason: string): Promise<void>;
  unfreeze(): Promise<void>;
  /** The hub's process ends, however; a new one starts with the same data. */
  restart(): Promise<void>;
  setRepositoryDown(down: boolean): void;
  close(): Promise<void>;
}

export async function createPipelineStage(
  files: Readonly<Record<string, string>>,
  /** `promoting`: the promoter runs by itself too. `isProtected`: the trunk takes pull requests only. */
  {
    promoting = false,
    forge,
    isProtected = false,
  }: { readonly promoting?: boolean; readonly forge?: Forge; readonly isProtected?: boolean } = {},
): Promise<PipelineStage> {
  const folder = await mkdtemp(join(tmpdir(), "drover-pipeline-"));
  const server = await startGitServer();
  const repository = await server.createRepository("fleet");
  const work = await createWorkTree(repository.cloneUrl);
  await work.commit(files, "Describe the fleet");
  const clusters = new Map<string, ClusterRecord>();
  const notices: PipelineStage["notices"][number][] = [];
  let hub = await open();

  async function open() {
    const log = silentLogger();
    const { store, jobs, close } = await openHubState({ redis: "off", dataDir: folder, env: {}, log });
    const mirror = await openGitSource({ url: repository.url, dir: join(folder, "mirror"), log });
    const refuse = () => Promise.reject(new AppError("PERMISSION_DENIED", "protected branch"));
    const git: GitSource = {
      ...mirror,
      push: (branch, move, options) =>
        isProtected && branch === "main" ? refuse() : mirror.push(branch, move, options),
    };
    const renderer = createRenderer({ git, searchPath: "", concurrency: 1, cacheBytes: 1 << 20, log });
    const state = createFleetState();
    const stopping = new AbortController();
    for (const [name, record] of clusters) state.clusters.set(name, record);
    const blobs = createBlobTable();
    const sign = (header: Buffer) => header.subarray(0, 8);
    const guardOf = (environment: string) => rollouts.guardOf(environment);
    const assigner = createAssigner({
      state,
      store,
      blobs,
      epoch: () => "epoch",
      sign,
      guardOf,
      offered: () => undefined,
      log,
    });
    const suspensions = createSuspensions({ state, store, clock: systemClock });
    await suspensions.load();
    await assigner.restore();
    // Every request is followed by a run that starts after it and serves all requests made until then.
    const waiting = new Map<string, number>();
    let open = 0;
    const counted = {
      ...jobs,
      handle: (name: string, handler: Parameters<typeof jobs.handle>[1]) =>
        jobs.handle(name, async (key, options) => {
          const served = waiting.get(`${name}/${key}`) ?? 0;
          waiting.delete(`${name}/${key}`);
          try {
            await handler(key, options);
          } finally {
            open -= served;
          }
        }),
      request(name: string, key: string) {
        open++;
        waiting.set(`${name}/${key}`, (waiting.get(`${name}/${key}`) ?? 0) + 1);
        return jobs.request(name, key);
      },
    };
    const freezes = createFreezes({
      state,
      store,
      clock: systemClock,
      changed: () => {
        for (const name of state.environments.keys()) void pipeline.requestEnvironment(name);
      },
      log,
    });
    const rollouts = createRollouts({
      fleet: state,
      store,
      git,
      forge,
      clock: systemClock,
      log,
      identity: { name: "Drover", email: "drover@localhost" },
      trunk: "main",
      async assign(cluster, environment) {
        await assigner.assign(cluster);
        if (!assigner.canAssign(cluster, environment)) await pipeline.requestEnvironment(environment);
      },
      checkGate: async () => ({ verdict: "passed", message: "" }),
      freezes: freezes.recall,
      notify: async () => undefined,
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
      jobs: counted,
      trunk: "main",
      pollMs: 1e9,
      clock: systemClock,
      random: () => 0,
      log,
    });
    const identity = { name: "Drover", email: "drover@localhost" };
    const promoter = createPromoter({
      state,
      git,
      store,
      freezes,
      renderer,
      ledger: createLedger({ git, seals: openSeals, identity, clock: systemClock, log }),
      checkGate: async () => ({ verdict: "passed", message: "" }),
      trunk: "main",
      // Of one cluster that does at once whatever it is told.
      clusters: ({ environment = "" }) => [clusterViewOf(environment, state.environments.get(environment)?.revision)],
      identity,
      ...{ forge: undefined, link: () => undefined },
      async notify(environment, { id, message }) {
        notices.push({ environment, id, message });
      },
      requestFetch: () => pipeline.requestFetch(),
      clock: systemClock,
      signal: stopping.signal,
      log,
    });
    await jobs.start();
    const loop = promoting ? promoter.run() : undefined;
    return {
      state,
      promoter,
      freezes,
      git,
      blobs,
      assigner,
      suspensions,
      rollouts,
      pipeline,
      idle: () => until("the jobs to end", () => open === 0 || undefined),
      close: async () => (stopping.abort(), await loop, await rollouts.close(), await close(), await git.close()),
    };
  }

  function bytesOf(digest: string): Buffer {
    const blob = hub.blobs.blob(digest);
    if (blob === undefined) throw new Error(`The hub does not have ${digest}`);
    return blob.encoding === "gzip" ? gunzipSync(blob.bytes) : Buffer.from(blob.bytes);
  }
  const applicationsOf = (cluster: string, environment: string) =>
    decodeAssignmentBody(bytesOf(stage.header(cluster, environment)?.digest ?? "")).applications;

  const stage: PipelineStage = {
    work,
    get state() {
      return hub.state;
    },
    get assigner() {
      return hub.assigner;
    },
    get git() {
      return hub.git;
    },
    fetch: () => hub.pipeline.requestFetch(),
    async settle() {
      await hub.pipeline.requestFetch();
      await hub.idle();
    },
    async addCluster(name, labels) {
      const record: ClusterRecord = {
        name,
        labels,
        uid: "uid",
        createdAt: "",
        enrolledAt: undefined,
        revokedAt: undefined,
        confirmedEpoch: undefined,
        agentVersion: "",
        kubernetesVersion: "",
        lastSeen: undefined,
      };
      clusters.set(name, record);
      hub.state.clusters.set(name, record);
      await hub.pipeline.requestAssign(name);
      await hub.idle();
    },
    async removeCluster(name) {
      clusters.delete(name);
      hub.state.clusters.delete(name);
      await hub.pipeline.requestAssign(name);
      await hub.idle();
    },
    act: (environment, action, options) => hub.rollouts.act(environment, action, options),
    async suspend(environment, cluster, reason) {
      await hub.suspensions.suspend(environment, cluster, { by: "ann", reason });
    },
    async resume(environment, cluster) {
      for (const name of await hub.suspensions.resume(environment, cluster)) await hub.pipeline.requestAssign(name);
      await hub.idle();
    },
    header: (cluster, environment) => hub.state.offers.get(cluster)?.get(environment)?.header,
    objects(cluster, environment) {
      const objects = applicationsOf(cluster, environment).flatMap((entry) =>
        "digest" in entry
          ? decodeApplicationBody(bytesOf(entry.digest)).objects.map(({ ref, digest }) => [
              `${entry.name} ${ref.kind} ${ref.name}`,
              digest,
            ])
          : [],
      );
      return Object.fromEntries(objects) as Record<string, string>;
    },
    content: (cluster, environment) =>
      Object.fromEntries(
        applicationsOf(cluster, environment).map((entry) => [
          entry.name,
          "digest" in entry
            ? decodeApplicationBody(bytesOf(entry.digest)).objects.map(({ ref, digest }) => {
                bytesOf(digest);
                return ref.name;
              })
            : entry.heldReason,
        ]),
      ),
    data: (cluster, environment) =>
      Object.fromEntries(
        applicationsOf(cluster, environment)
          .flatMap((entry) => ("digest" in entry ? decodeApplicationBody(bytesOf(entry.digest)).objects : []))
          .map(({ ref, digest }) => [
            ref.name,
            (JSON.parse(bytesOf(digest).toString()) as { readonly data?: unknown }).data,
          ]),
      ),
    freeze: async (reason) => void (await hub.freezes.freeze(undefined, { reason, actor: "ann" })),
    unfreeze: () => hub.freezes.unfreeze(undefined, { reason: "", actor: "ann" }),
    promote: (environment, revision) =>
      hub.promoter.promote(environment, { revision, actor: "admin", waitMs: 0, emergency: false, reason: "" }),
    async approve(environment, revision, actor) {
      await hub.promoter.approve(environment, { revision, actor });
    },
    way: (environment) => hub.promoter.views({ environment })[0],
    notices,
    async rollback(environment, options) {
      const result = await hub.rollouts.rollback(environment, options);
      await hub.promoter.recall(environment);
      return result;
    },
    async history(environment) {
      await hub.promoter.recall(environment);
      return hub.promoter.history(environment);
    },
    async restart() {
      await hub.close();
      hub = await open();
    },
    setRepositoryDown: (down) => server.setDown(down),
    async close() {
      await hub.close();
      await work.remove();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return stage;
}
