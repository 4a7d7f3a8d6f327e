import { describe, expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { inWave, notingWrites } from "./hook-objects.ts";
import { createNamespace, uniqueName } from "./kube-cluster.ts";
import { configMap, deployment, edit, liveOf, makeAvailable, namespaceOf, remove } from "./reconciler-objects.ts";
import type { ReconcilerStage } from "./reconciler-stage.ts";

export function describeWaves(stage: () => ReconcilerStage): void {
  const isThere = async (manifest: Manifest) => (await liveOf(stage().cluster, manifest)) !== undefined;
  const present = (objects: readonly Manifest[]) => Promise.all(objects.map(isThere));

  describe("waves", () => {
    test("are written one after the other, each once the one before is well", async () => {
      const { cluster } = stage();
      const order: string[] = [];
      const engine = await stage().start({ wrap: notingWrites(order) });
      const name = uniqueName();
      const web = inWave(1, deployment(name, "web"));
      const objects = [
        inWave(2, configMap(name, "c")),
        web,
        inWave(-1, configMap(name, "a")),
        configMap(name, "b"),
        namespaceOf(name),
      ];
      await engine.assign({ applications: { shop: { objects } } });
      await expect.poll(() => order).toEqual([`Namespace ${name}`, "ConfigMap a", "ConfigMap b", "Deployment web"]);
      await expect
        .poll(() => engine.reported.application("shop")?.message)
        .toMatch(/^Waits for wave 1: Deployment .*\/web: /);
      expect(engine.reported.phases()).toEqual([]);
      await makeAvailable(cluster, web);
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      expect(order.at(-1)).toBe("ConfigMap c");
      expect(engine.reported.application("shop")).toMatchObject({ message: "", health: "Healthy", sync: "Synced" });
    });

    test("that cannot be written hold up later waves of their application only, and say why", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const broken = { ...configMap(namespace, "broken"), data: { key: 1 } } as unknown as Manifest;
      const [good, later, other] = [
        configMap(namespace, "good"),
        inWave(1, configMap(namespace, "later")),
        configMap(namespace, "other"),
      ];
      const otherWave = inWave(1, configMap(namespace, "other-wave"));
      await engine.assign({
        applications: { shop: { objects: [broken, good, later] }, other: { objects: [other, otherWave] } },
      });
      await expect.poll(() => present([good, other, otherWave])).toEqual([true, true, true]);
      expect(await isThere(later)).toBe(false);
      await expect
        .poll(() => engine.reported.application("shop")?.message)
        .toContain(`Waits for wave 0: Cannot apply ConfigMap ${namespace}/broken: `);

      await engine.assign({
        generation: 2,
        applications: {
          shop: { objects: [configMap(namespace, "broken"), good, later] },
          other: { objects: [other, otherWave] },
        },
      });
      await expect.poll(() => engine.reported.phases()).toContain("healthy 2");
      expect(await isThere(later)).toBe(true);
    });

    test("that never get well are superseded at once by a newer assignment", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const later = inWave(1, configMap(namespace, "later"));
      await engine.assign({
        applications: { shop: { objects: [deployment(namespace, "web", "registry.invalid/web:broken"), later] } },
      });
      expect(await isThere(later)).toBe(false);
      const mended = deployment(namespace, "web", "registry.invalid/web:2");
      await engine.assign({ generation: 2, applications: { shop: { objects: [mended, later] } } });
      const live = await liveOf(cluster, mended);
      expect(JSON.stringify(live?.["spec"])).toContain("registry.invalid/web:2");
      await makeAvailable(cluster, mended);
      await expect.poll(() => isThere(later)).toBe(true);
    });

    test("that are applied are kept as they are while an earlier one is not well", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const [web, later] = [deployment(namespace, "web"), inWave(1, configMap(namespace, "later"))];
      await engine.assign({ applications: { shop: { objects: [web, later] } } });
      await makeAvailable(cluster, web);
      await expect.poll(() => engine.reported.phases()).toContain("healthy 1");

      const changed = deployment(namespace, "web", "registry.invalid/web:2");
      await engine.assign({ generation: 2, applications: { shop: { objects: [changed, later] } } });
      await edit(cluster, later, { data: { key: "theirs" } });
      await expect.poll(async () => (await liveOf(cluster, later))?.["data"]).toEqual({ key: "1" });
      await remove(cluster, later);
      await expect.poll(() => isThere(later)).toBe(true);
      expect(engine.reported.application("shop")?.health).toBe("Progressing");
    });

    test("are pruned backwards, each once the one after is gone", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const held = { ...inWave(2, configMap(namespace, "c")) };
      const last = { ...held, metadata: { ...held.metadata, finalizers: ["example.com/hold"] } };
      const [first, second] = [configMap(namespace, "a"), inWave(1, configMap(namespace, "b"))];
      const stays = configMap(namespace, "stays");
      await engine.assign({ applications: { shop: { objects: [first, second, last, stays] } } });
      await expect.poll(() => engine.reported.phases()).toContain("healthy 1");

      await engine.assign({ generation: 2, applications: { shop: { objects: [stays] } } });
      await expect
        .poll(async () => (await liveOf(cluster, last))?.metadata["deletionTimestamp"])
        .toEqual(expect.any(String));
      await engine.reconciler.idle();
      expect(await present([first, second, last])).toEqual([true, true, true]);
      await edit(cluster, last, { metadata: { finalizers: null } });
      await expect.poll(() => present([first, second, last, stays])).toEqual([false, false, false, true]);
    });

    test("start again where they were after the agent was lost", async () => {
      const { cluster } = stage();
      const first = await stage().start();
      const namespace = await createNamespace(cluster);
      const [web, later] = [deployment(namespace, "web"), inWave(1, configMap(namespace, "later"))];
      const applications = { shop: { objects: [web, later] } };
      await first.assign({ applications });
      await first.stop();
      const second = await stage().start({ environment: first.environment });
      await second.assign({ applications });
      expect(await isThere(later)).toBe(false);
      await makeAvailable(cluster, web);
      await expect.poll(() => second.reported.phases()).toEqual(["applied 1", "healthy 1"]);
    });
  });
}
