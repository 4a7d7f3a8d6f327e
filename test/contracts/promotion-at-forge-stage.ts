import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../common/async/index.ts";
import type { PromotionPolicy, PromotionView } from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createFleetState } from "../../hub/desk/index.ts";
import { createRollouts, type Rollouts } from "../../hub/drive/index.ts";
import { openGitSource } from "../../hub/git/index.ts";
import { createLedger } from "../../hub/ledger/index.ts";
import type { Forge } from "../../hub/ports.ts";
import { createFreezes, createPromoter } from "../../hub/promoter/index.ts";
import { createRenderer } from "../../hub/render/index.ts";
import { createMemoryStore } from "../fakes/memory-store.ts";
import { openSeals } from "../fakes/open-seals.ts";
import { clusterViewOf, environmentOf } from "../fakes/promotable.ts";
import { type GiteaStage, startGiteaStage } from "./gitea-stage.ts";

/** Hubs that promote from "dev", which tracks the trunk of a repository at a real forge, into environments of one cluster each. */
export interface PromotionAtForgeStage extends AsyncDisposable {
  readonly forge: GiteaStage;
  /** Makes the environment and its branch, and a hub that knows it. */
  open(name: string, policy: Partial<PromotionPolicy>): Promise<HubAtForge>;
}

export interface HubAtForge {
  readonly branch: string;
  readonly promoter: ReturnType<typeof createPromoter>;
  /** What the hub asked of the forge: "openPullRequest", … */
  readonly calls: string[];
  /** How many times the hub has asked for objects. */
  renderings(): number;
  rollback(options: Parameters<Rollouts["rollback"]>[1]): ReturnType<Rollouts["rollback"]>;
  /** What is shown of the way into the environment. */
  view(): PromotionView;
  /** As after a webhook or a poll. */
  fetch(): Promise<void>;
  /** What fleet.yaml says of the environment from now on. */
  describe(as: Partial<PromotionPolicy> | "without it" | "unreadable"): Promise<void>;
  /** News of the fleet that change nothing. */
  churn(): void;
  /** The next such request arrives, and its answer is lost. Resolves when it was. */
  loseAnswer(call: keyof Forge): Promise<void>;
  /** From now on every request fails. */
  cut(isCut: boolean): void;
  stop(): Promise<void>;
  /** Another hub with the same store, after this one. */
  restart(): Promise<void>;
  /** The same, without the store. */
  loseStore(): Promise<void>;
}

export async function createPromotionAtForgeStage(): Promise<PromotionAtForgeStage> {
  const forge = await startGiteaStage();
  const folder = await mkdtemp(join(tmpdir(), "drover-at-forge-"));
  const stops: (() => Promise<void>)[] = [];

  async function open(name: string, policy: Partial<PromotionPolicy>): Promise<HubAtForge> {
    const branch = `env/${name}`;
    await forge.branch(branch);
    let store = createMemoryStore();
    let described: Parameters<HubAtForge["describe"]>[0] = policy;
    const calls: string[] = [];
    let renderings = 0;
    const losing = new Map<string, () => void>();
    let isCut = false;
    const watched = new Proxy(forge.forge, {
      get(target, key: keyof Forge) {
        const value = target[key];
        if (typeof value !== "function") return value;
        return async (...args: never[]) => {
          calls.push(key);
          if (isCut) throw new Error("the forge is away");
          const answer = await (value as (...args: never[]) => Promise<unknown>)(...args);
          const lost = losing.get(key);
          if (lost === undefined) return answer;
          losing.delete(key);
          lost();
          throw new Error("the connection broke");
        };
      },
    });

    async function start() {
      const stopping = new AbortController();
      const { signal } = stopping;
      const log = silentLogger();
      const state = createFleetState();
      const git = await openGitSource({
        url: forge.url,
        dir: join(folder, name),
        credentials: { username: forge.drover.name, password: forge.drover.token },
        log,
      });
      function refresh(): void {
        if (described === "unreadable") return;
        const own = described === "without it" ? [] : [environmentOf(name, branch, described)];
        const environments = [environmentOf("dev", "main"), ...own];
        state.fleet = {
          environments,
          applications: ["apps/*/application.yaml"],
          clusterValues: new Map(),
          tenants: [],
        };
        if (own.length === 0) state.environments.delete(name);
        for (const environment of environments) {
          const revision = git.branches().get(environment.branch);
          const known = { environment, revision, pending: undefined, applications: new Map(), problems: [] };
          state.environments.set(environment.name, known);
          const header = { digest: revision ?? "" } as never;
          state.offers.set(environment.name, new Map([[environment.name, { header } as never]]));
        }
        for (const each of ["dev", name]) state.announce({ kind: "environment", environment: each });
      }
      const fetch = async () => {
        await git.fetch();
        refresh();
      };
      await fetch();
      const renderer = createRenderer({ git, searchPath: "", concurrency: 1, cacheBytes: 1_000_000, signal, log });
      const identity = { name: "Drover", email: "drover@forge.example" };
      const promoter = createPromoter({
        ...{ state, git, store, log, signal, forge: watched, trunk: "main", clock: systemClock },
        freezes: createFreezes({ state, store, clock: systemClock, changed: () => undefined, log }),
        clusters: ({ environment = "" }) => [clusterViewOf(environment, state.environments.get(environment)?.revision)],
        identity,
        ledger: createLedger({ git, seals: openSeals, identity, clock: systemClock, log }),
        checkGate: async () => ({ verdict: "passed", message: "" }),
        renderer: {
          render(request, options) {
            renderings++;
            return renderer.render(request, options);
          },
        },
        notify: async () => undefined,
        link: (environment) => `https://drover.example/${environment}`,
        requestFetch: fetch,
      });
      const running = promoter.run();
      const rollouts = createRollouts({
        ...{ fleet: state, store, git, log, identity, forge: watched, trunk: "main", clock: systemClock },
        freezes: async () => [],
        checkGate: async () => ({ verdict: "passed", message: "" }),
        assign: async () => undefined,
        tookOver: async () => undefined,
        notify: async () => undefined,
        movedBy: (environment, revision) => promoter.movedBy(environment, revision),
        moved: () => undefined,
      });
      return {
        ...{ state, promoter, rollouts, fetch },
        async stop() {
          stopping.abort();
          await running;
          await rollouts.close();
          await git.close();
        },
      };
    }

    let hub = await start();
    stops.push(() => hub.stop());
    return {
      branch,
      get promoter() {
        return hub.promoter;
      },
      calls,
      renderings: () => renderings,
      async rollback(options) {
        const result = await hub.rollouts.rollback(name, options);
        await hub.promoter.recall(name);
        return result;
      },
      view: () => hub.promoter.views({ environment: name })[0] as PromotionView,
      fetch: () => hub.fetch(),
      async describe(as) {
        described = as;
        await hub.fetch();
      },
      churn: () => hub.state.announce({ kind: "cluster", cluster: name }),
      loseAnswer: (call) => new Promise((lost) => losing.set(call, lost)),
      cut: (value) => {
        isCut = value;
      },
      stop: () => hub.stop(),
      async restart() {
        await hub.stop();
        hub = await start();
      },
      async loseStore() {
        await hub.stop();
        store = createMemoryStore();
        hub = await start();
      },
    };
  }

  return {
    forge,
    open,
    async [Symbol.asyncDispose]() {
      for (const stop of stops) await stop();
      await forge.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
