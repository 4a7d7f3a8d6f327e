import { setMaxListeners } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../common/async/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createFleetState } from "../../hub/desk/index.ts";
import { openGitSource } from "../../hub/git/index.ts";
import { createLedger } from "../../hub/ledger/index.ts";
import { createFreezes, createPromoter } from "../../hub/promoter/index.ts";
import { openHubState } from "../../hub/store/index.ts";
import { openSeals } from "../fakes/open-seals.ts";
import { clusterViewOf, environmentOf } from "../fakes/promotable.ts";
import { createWorkTree, startGitServer } from "../git-server/index.ts";
import { type Measurement, percentile } from "./report.ts";

const environments = 50;
const commits = 200;
const rounds = 30;
/** The hub lets changes that come together settle. */
const settleMs = 100;

/**
 * One report of the environment that 50 others come after changes a gate of each: how long until all are judged anew and shown. Real
 * Git and store; the clusters are made up.
 */
export async function promotionGates(): Promise<readonly Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "drover-bench-"));
  const server = await startGitServer();
  const repository = await server.createRepository("fleet");
  const work = await createWorkTree(repository.url);
  for (let index = 0; index < commits; index++) await work.commit({ "a.txt": `${index}` }, `${index}`, { push: false });
  await work.push();
  const names = Array.from({ length: environments }, (_, index) => `prod-${index}`);
  const oldest = await work.git("rev-parse", `HEAD~${commits - 1}`);
  await work.git("push", "--quiet", "origin", ...names.map((name) => `${oldest}:refs/heads/env/${name}`));

  const log = silentLogger();
  const stopping = new AbortController();
  // As in the hub: every environment listens to it.
  setMaxListeners(0, stopping.signal);
  const { store, close } = await openHubState({ redis: "off", dataDir: folder, env: {}, log });
  const git = await openGitSource({ url: repository.url, dir: join(folder, "mirror"), log });
  await git.fetch();
  const state = createFleetState();
  for (const environment of [
    environmentOf("dev", "main"),
    ...names.map((name) => environmentOf(name, `env/${name}`, { approvals: 1 })),
  ]) {
    const revision = git.branches().get(environment.branch);
    const known = { environment, revision, pending: undefined, applications: new Map(), problems: [] };
    state.environments.set(environment.name, known);
  }
  const freezes = createFreezes({ state, store, clock: systemClock, changed: () => undefined, log });
  const identity = { name: "Drover", email: "drover@localhost" };
  let message = "";
  const promoter = createPromoter({
    ...{ state, git, store, freezes, identity, log, clock: systemClock, trunk: "main", signal: stopping.signal },
    clusters: ({ environment = "" }) => [
      clusterViewOf(environment, state.environments.get(environment)?.revision, { health: "Degraded", message }),
    ],
    notify: async () => undefined,
    ledger: createLedger({ git, seals: openSeals, identity, clock: systemClock, log }),
    checkGate: async () => ({ verdict: "passed", message: "" }),
    renderer: { render: async () => [] },
    forge: undefined,
    link: () => undefined,
    requestFetch: async () => undefined,
  });

  async function judged(report: string): Promise<number> {
    const left = new Set(names);
    message = report;
    const start = performance.now();
    await new Promise<void>((resolve) => {
      const unsubscribe = state.subscribe(({ kind, environment = "" }) => {
        if (kind !== "promotion" || !left.delete(environment) || left.size > 0) return;
        unsubscribe();
        resolve();
      });
      state.announce({ kind: "cluster", cluster: "dev" });
    });
    return performance.now() - start - settleMs;
  }

  const running = promoter.run();
  try {
    await judged("first");
    const samples: number[] = [];
    for (let round = 0; round < rounds; round++) samples.push(await judged(`report ${round}`));
    const what = `gates of ${environments} environments, ${commits} commits behind, judged anew`;
    return [
      { what: `${what}, p50 of ${rounds}`, unit: "ms", ours: percentile(samples, 0.5), aim: 100 },
      { what: `${what}, slowest`, unit: "ms", ours: Math.max(...samples) },
    ];
  } finally {
    stopping.abort();
    await running;
    await close();
    await git.close();
    await work.remove();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
