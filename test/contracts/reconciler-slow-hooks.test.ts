import { afterAll, beforeAll, expect, test } from "vitest";
import { createSimulatedClusters } from "../simulated-cluster/index.ts";
import { hookJob, inWave } from "./hook-objects.ts";
import { configMap, deployment, namespaceOf } from "./reconciler-objects.ts";
import { createStage, type ReconcilerStage, type Wanted } from "./reconciler-stage.ts";

const applicationCount = 100;

let clusters: Awaited<ReturnType<typeof createSimulatedClusters>>;
let stage: ReconcilerStage;

beforeAll(async () => {
  clusters = await createSimulatedClusters({ controllers: { podReadyMs: 200, jobRunsMs: 500 } });
  const { kubeconfig } = await clusters.add("test");
  stage = createStage({ kubeconfig, raw: () => Promise.reject(new Error("Not used")), stop: () => clusters.close() });
});
afterAll(async () => {
  await stage.stopAll();
  await clusters.close();
});

/** Every application waits for hooks, for its own waves, and each tenth for the one ten before. */
function applications(revision: number): Wanted["applications"] {
  return Object.fromEntries(
    Array.from({ length: applicationCount }, (_, index) => {
      const name = `app${index}`;
      const objects = [
        namespaceOf(name),
        hookJob(name, "migrate", "PreSync"),
        hookJob(name, "smoke", "PostSync"),
        deployment(name, "web", `registry.invalid/web:${revision}`),
        inWave(1, configMap(name, "later", { revision: String(revision) })),
      ];
      return [name, { objects, dependsOn: index >= 10 && index % 10 === 0 ? [`app${index - 10}`] : [] }];
    }),
  );
}

test("slow hooks and waves in a hundred applications end, whatever waits for whatever and whatever comes meanwhile", async () => {
  const engine = await stage.start();
  void engine.assign({ generation: 1, applications: applications(1) });
  await expect.poll(() => engine.reported.application("app1")?.message ?? "").toMatch(/^Runs PreSync hook /);
  void engine.assign({ generation: 2, applications: applications(2) });
  await expect.poll(() => engine.reported.phases(), { timeout: 110_000, interval: 200 }).toContain("healthy 2");
  const states = Array.from({ length: applicationCount }, (_, index) => engine.reported.application(`app${index}`));
  expect(states.filter((status) => status?.message !== "" || status.health !== "Healthy")).toEqual([]);
}, 120_000);
