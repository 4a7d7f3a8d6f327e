import { describe, expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { endJob, hookJob, notingWrites } from "./hook-objects.ts";
import { createNamespace } from "./kube-cluster.ts";
import { configMap, liveOf } from "./reconciler-objects.ts";
import type { ReconcilerStage } from "./reconciler-stage.ts";

export function describeHooks(stage: () => ReconcilerStage): void {
  const isThere = async (manifest: Manifest) => (await liveOf(stage().cluster, manifest)) !== undefined;
  const uidOf = async (manifest: Manifest) => (await liveOf(stage().cluster, manifest))?.metadata["uid"];

  describe("hooks", () => {
    test("PreSync runs before anything is written, once for each content", async () => {
      const { cluster } = stage();
      const order: string[] = [];
      const engine = await stage().start({ wrap: notingWrites(order) });
      const namespace = await createNamespace(cluster);
      const job = hookJob(namespace, "migrate", "PreSync");
      const config = configMap(namespace, "a");
      const assign = (generation: number, objects: readonly Manifest[]) =>
        engine.assign({ generation, applications: { shop: { objects } } });

      await assign(1, [job, config]);
      await expect.poll(() => order).toEqual(["Job migrate"]);
      expect(engine.reported.application("shop")).toMatchObject({
        objects: 1,
        message: `Runs PreSync hook Job ${namespace}/migrate: not started`,
      });
      const first = await uidOf(job);
      await endJob(cluster, job, "Complete");
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      expect(order).toEqual(["Job migrate", "ConfigMap a"]);
      expect(engine.reported.application("shop")).toMatchObject({ message: "", health: "Healthy", objects: 1 });

      // The same content, another generation, another agent: nothing runs.
      await assign(2, [job, config]);
      await engine.stop();
      const next = await stage().start({ environment: engine.environment, wrap: notingWrites(order) });
      await next.assign({ generation: 2, applications: { shop: { objects: [job, config] } } });
      await next.reconciler.reconcileNow();
      expect(order).toHaveLength(2);
      expect(await uidOf(job)).toBe(first);

      const changed = configMap(namespace, "a", { key: "2" });
      await next.assign({ generation: 3, applications: { shop: { objects: [job, changed] } } });
      await expect.poll(() => uidOf(job)).not.toBe(first);
      expect(order).toEqual(["Job migrate", "ConfigMap a", "Job migrate"]);
      await endJob(cluster, job, "Complete");
      await expect.poll(() => next.reported.phases()).toContain("healthy 3");
      expect(await isThere(job)).toBe(true);
    });
  });
}
