/**
 * A hub's driver of rollouts on a shared store, as a process that can be stopped and killed. Argument: JSON of redis, dataDir.
 * Each line on stdin is a revision that the environment's branch has come to; it says which clusters it told what.
 */
import { createInterface } from "node:readline";
import { systemClock } from "../../common/async/index.ts";
import { defaultRolloutPolicy, type Environment } from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createFleetState } from "../../hub/desk/index.ts";
import { createRollouts } from "../../hub/drive/index.ts";
import type { ClusterRecord, GitSource } from "../../hub/ports.ts";
import { openHubState } from "../../hub/store/index.ts";

const { redis, dataDir } = JSON.parse(process.argv[2] ?? "{}") as { redis: string; dataDir: string };
const log = silentLogger();
const { store } = await openHubState({ redis, dataDir, env: {}, log });
const say = (line: string) => process.stdout.write(`${line}\n`);

const environment: Environment = {
  name: "prod",
  branch: "main",
  from: [],
  clusters: { matchLabels: {}, matchExpressions: [] },
  values: {},
  guards: { maxDeletes: { most: 10, isPercent: true }, allowEmpty: false },
  promotion: undefined,
  rollout: defaultRolloutPolicy,
};
const fleet = createFleetState();
for (const name of ["one", "two"]) {
  fleet.clusters.set(name, { name, labels: {} } as unknown as ClusterRecord);
  fleet.connected.add(name);
}
const author = { name: "ann", email: "ann@localhost", at: "2026-01-01T00:00:00Z" };
const git = {
  branches: () => new Map(),
  commit: async (revision: string) => ({ revision, tree: revision, parents: [], author, message: "Go on" }),
} as unknown as GitSource;

const offers = store.collection<string>("offers");
const rollouts = createRollouts({
  ...{ fleet, store, git, forge: undefined, clock: systemClock, log, identity: author, trunk: "main" },
  async assign(cluster, name) {
    const guard = rollouts.guardOf(name);
    const parts = fleet.rollouts.get(name)?.clusters.parts ?? [];
    const told = parts.flatMap((part) => part[cluster]?.assigned ?? [])[0];
    if (guard === undefined || guard === "other" || told === undefined) return;
    if (await offers.writeIf(guard, [[cluster, told]])) say(`${cluster} ${told}`);
  },
  freezes: async () => [],
  checkGate: async () => ({ verdict: "passed", message: "" }),
  notify: async () => undefined,
  movedBy: () => undefined,
  tookOver: async () => void say("took over"),
  moved: () => undefined,
});
await rollouts.open(environment);
say(rollouts.guardOf("prod") === "other" ? "watches" : "drives");
for await (const revision of createInterface({ input: process.stdin })) {
  await rollouts.follow(environment, revision, {}).then(
    () => say(`followed ${revision}`),
    (thrown: Error) => say(`cannot follow ${revision}: ${thrown.message}`),
  );
}
