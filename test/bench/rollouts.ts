import { applicationYaml, configMap, fleetYaml } from "../e2e/files.ts";
import { type Fleet, startFleet } from "../e2e/fleet.ts";
import { until } from "../programs/index.ts";
import { residentMegabytes, settled } from "./idle-agent.ts";
import type { Measurement } from "./report.ts";
import { startSimulatedAgents } from "./simulated-agents.ts";

const clustersEach = 100;
/** A cluster is in up to ten of the environments. */
const environmentsEach = 10;
const patienceMs = 600_000;

/** 20, 30 and 50 of the clusters, half of a wave at a time. */
const waves = [
  { name: "first", clusters: "20%", maxUnavailable: "50%" },
  { name: "second", clusters: "30%", maxUnavailable: "50%" },
  { name: "rest", maxUnavailable: "50%" },
];

/**
 * One push goes through so many environments of 100 clusters at once, each in three waves, from the push to the last report: a hub
 * as a process, with its own Git mirror, renderer and store, and in this process the agents, connected as real ones are and well at
 * once. What is measured is the hub's overhead over the agents' own time.
 */
export function rollouts(environments: number, aimMs: number) {
  return async (): Promise<readonly Measurement[]> => {
    const groups = Math.ceil(environments / environmentsEach);
    const names = Array.from({ length: environments }, (_, index) => `prod-${index}`);
    const group = (index: number) => ({ group: `${index % groups}` });
    const fleet = await startFleet({
      clusters: {},
      files: {
        "fleet.yaml": fleetYaml(
          names.map((name, index) => ({ name, branch: "main", labels: group(index), rollout: { waves } })),
        ),
        "apps/shop/application.yaml": applicationYaml("shop"),
        "apps/shop/settings.json": configMap("settings", { theme: "light" }),
      },
    });
    const empty = await settled(fleet.hub.pid);
    const clusters = Array.from({ length: clustersEach * groups }, (_, index) => `edge-${index}`);
    const agents = await startSimulatedAgents(fleet, clusters, group);
    try {
      await released(fleet, names, await fleet.work.head());
      const idle = await settled(fleet.hub.pid);
      await fleet.work.commit({ "apps/shop/settings.json": configMap("settings", {}) }, "Change", { push: false });
      const accepted = fleet.git.nextPush();
      await fleet.work.push();
      const started = await accepted;
      await released(fleet, names, await fleet.work.head());
      const ours = performance.now() - started;
      const what = `${environments} rollouts of ${clustersEach} of ${clusters.length} clusters at once`;
      const most = residentMegabytes(fleet.hub.pid, "VmHWM");
      return [
        { what: `${what}: push accepted → all done`, unit: "ms", ours, aim: aimMs },
        { what: `${what}: the hub's process, resident at the most`, unit: "MB", ours: most, aim: 500 },
        { what: "the hub's process before, with all agents connected", unit: "MB", ours: idle },
        { what: "the hub's process without agents", unit: "MB", ours: empty },
      ];
    } finally {
      await agents.stop();
      await fleet.stop();
    }
  };
}

/** Resolves when this revision went through the waves of all environments. Asks for one at a time: the hub has better to do. */
async function released(fleet: Fleet, names: readonly string[], revision: string): Promise<void> {
  for (const environment of names) {
    await until(
      `${environment} to be done`,
      async () => (await fleet.list("rollouts", { environment }))[0]?.released === revision || undefined,
      { everyMs: 100, timeoutMs: patienceMs },
    );
  }
}
