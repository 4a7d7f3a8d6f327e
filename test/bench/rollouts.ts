import { type EnvironmentStatus, reportKey } from "../../common/domain/index.ts";
import type { FleetState } from "../../hub/desk/index.ts";
import { revisionOf } from "../../hub/rollout/index.ts";
import { createPipelineStage, type PipelineStage } from "../contracts/pipeline-stage.ts";
import { applicationYaml, configMap, fleetYaml } from "../e2e/files.ts";
import { until } from "../programs/index.ts";
import type { Measurement } from "./report.ts";

const clustersEach = 100;
const patienceMs = 600_000;

/** 20, 30 and 50 of the clusters, half of a wave at a time. */
const waves = [
  { name: "first", clusters: "20%", maxUnavailable: "50%" },
  { name: "second", clusters: "30%", maxUnavailable: "50%" },
  { name: "rest", maxUnavailable: "50%" },
];

/**
 * One push goes through so many environments of 100 clusters at once, each in three waves, from Git to the last report: real
 * Git, rendering and store, agents that are well at once. What is measured is the hub's overhead over the agents' own time.
 */
export function rollouts(environments: number, aimMs: number) {
  return async (): Promise<readonly Measurement[]> => {
    const names = Array.from({ length: environments }, (_, index) => `prod-${index}`);
    const stage = await createPipelineStage({
      "fleet.yaml": fleetYaml(
        names.map((name) => ({ name, branch: "main", labels: { environment: name }, rollout: { waves } })),
      ),
      "apps/shop/application.yaml": applicationYaml("shop"),
      "apps/shop/settings.json": configMap("settings", { theme: "light" }),
    });
    try {
      const before = process.memoryUsage.rss() / 1e6;
      for (const name of names) addClusters(stage.state, name);
      answerForAgents(stage);
      await release(stage, names, await stage.work.head());
      const revision = await stage.work.commit({ "apps/shop/settings.json": configMap("settings", {}) }, "Change");
      const start = performance.now();
      await release(stage, names, revision);
      const ours = performance.now() - start;
      const what = `${environments} rollouts of ${clustersEach} clusters`;
      return [
        { what: `${what}, overhead of the hub`, unit: "ms", ours, aim: aimMs },
        {
          what: `${what}, hub and simulated agents, resident`,
          unit: "MB",
          floor: before,
          floorIs: "the benchmark's process before",
          ours: process.memoryUsage.rss() / 1e6,
          aim: 500,
        },
      ];
    } finally {
      await stage.close();
    }
  };
}

async function release({ state, fetch }: PipelineStage, names: readonly string[], revision: string): Promise<void> {
  await fetch();
  const isDone = (name: string) => {
    const run = state.rollouts.get(name)?.run;
    return run !== undefined && revisionOf(run.revision) === revision && run.phase.name === "done";
  };
  await until("all rollouts to be done", () => names.every(isDone) || undefined, { timeoutMs: patienceMs });
}

function addClusters(state: FleetState, environment: string): void {
  for (let index = 0; index < clustersEach; index++) {
    const name = `${environment}-${index}`;
    state.clusters.set(name, {
      name,
      labels: { environment },
      uid: "uid",
      createdAt: "",
      enrolledAt: undefined,
      revokedAt: undefined,
      confirmedEpoch: undefined,
      agentVersion: "",
      kubernetesVersion: "",
      lastSeen: undefined,
    });
    state.connected.add(name);
  }
}

/** Every cluster says of each offer that it runs it well, as soon as it is made. */
function answerForAgents(stage: PipelineStage): void {
  const { state } = stage;
  const answered = new Map<string, string>();
  state.subscribe(({ kind, cluster, environment }) => {
    if (kind !== "environment" || cluster === undefined || environment === undefined) return;
    const header = stage.header(cluster, environment);
    if (header === undefined || answered.get(cluster) === header.revision) return;
    const { revision, generation } = header;
    answered.set(cluster, revision);
    setImmediate(() => {
      const status: EnvironmentStatus = {
        revision,
        generation,
        appliedGeneration: generation,
        sync: "Synced",
        health: "Healthy",
        message: "",
      };
      state.statuses.set(cluster, new Map([[reportKey({ kind: "environment", environment }), status]]));
      state.announce({ kind: "environment", environment, cluster });
    });
  });
}
