import { describe, expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { createNamespace, uniqueName } from "./kube-cluster.ts";
import { configMap, deployment, edit, inventoryOf, liveOf, makeAvailable, namespaceOf } from "./reconciler-objects.ts";
import type { ReconcilerStage } from "./reconciler-stage.ts";

export function describePrune(stage: () => ReconcilerStage): void {
  const isThere = async (manifest: Manifest) => (await liveOf(stage().cluster, manifest)) !== undefined;

  describe("pruning", () => {
    test("rule 14: deletes what left the assignment once the rest is healthy", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const [old, web] = [configMap(namespace, "old"), deployment(namespace, "web")];
      await engine.assign({ applications: { shop: { objects: [old] } } });
      await engine.assign({ generation: 2, applications: { shop: { objects: [web] } } });
      expect(await isThere(old)).toBe(true);
      await makeAvailable(cluster, web);
      await expect.poll(() => isThere(old)).toBe(false);
      await expect.poll(async () => (await inventoryOf(cluster, engine.environment))["shop"]?.objects.length).toBe(1);
    });

    test("deletes an application that vanished, and forgets it", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const objects = [configMap(namespace, "a"), configMap(namespace, "b")];
      const stays = configMap(namespace, "stays");
      await engine.assign({ applications: { gone: { objects }, shop: { objects: [stays] } } });
      await engine.stop();
      const next = await stage().start({ environment: engine.environment });
      await next.assign({ generation: 2, applications: { shop: { objects: [stays] } } });
      await expect.poll(() => Promise.all([...objects, stays].map(isThere))).toEqual([false, false, true]);
      await expect.poll(async () => Object.keys(await inventoryOf(cluster, engine.environment))).toEqual(["shop"]);
      expect(next.reported.application("gone")).toBeUndefined();
    });

    test("keeps what is not ours any more, what says so, and what the policy keeps", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const adopted = configMap(namespace, "adopted");
      const disabled = configMap(namespace, "disabled");
      const kept = configMap(namespace, "kept");
      const goes = configMap(namespace, "goes");
      await engine.assign({
        applications: {
          shop: { objects: [adopted, disabled, goes] },
          keeper: { objects: [kept], policy: { prune: false } },
        },
      });
      await engine.stop();
      await edit(cluster, adopted, { metadata: { labels: { "drover.dev/application": "other" } } });
      await edit(cluster, disabled, { metadata: { annotations: { "drover.dev/prune": "disabled" } } });

      const next = await stage().start({ environment: engine.environment });
      await next.assign({ generation: 2, applications: { shop: { objects: [] } } });
      await expect.poll(() => isThere(goes)).toBe(false);
      await next.reconciler.idle();
      expect(await Promise.all([adopted, disabled, kept].map(isThere))).toEqual([true, true, true]);
    });

    test("deletes nothing because of an absence that is not trusted, and says how much waits", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const objects = [configMap(namespace, "a"), configMap(namespace, "b")];
      await engine.assign({ applications: { shop: { objects }, gone: { objects: [configMap(namespace, "c")] } } });
      await engine.assign({
        generation: 2,
        absenceIsTrusted: false,
        applications: { shop: { objects: objects.slice(1) } },
      });
      expect(await Promise.all([...objects, configMap(namespace, "c")].map(isThere))).toEqual([true, true, true]);
      const message = "1 not pruned: the hub's state is not confirmed yet";
      expect(engine.reported.application("shop")?.message).toBe(message);
      expect(engine.reported.application("gone")?.message).toBe(message);

      await engine.assign({ generation: 3, applications: { shop: { objects: objects.slice(1) } } });
      await expect
        .poll(() => Promise.all([...objects, configMap(namespace, "c")].map(isThere)))
        .toEqual([false, true, false]);
    });

    test("leaves held applications exactly as they are", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const object = configMap(namespace, "a");
      await engine.assign({ applications: { shop: { objects: [object] } } });
      await engine.assign({ generation: 2, applications: {}, held: [{ name: "shop", reason: "cannot be rendered" }] });
      expect(await isThere(object)).toBe(true);
      expect(engine.reported.application("shop")).toMatchObject({ message: "Held: cannot be rendered", objects: 1 });
      await engine.stop();

      const next = await stage().start({ environment: engine.environment });
      await next.assign({ generation: 2, applications: {}, held: [{ name: "shop", reason: "cannot be rendered" }] });
      expect(await isThere(object)).toBe(true);
    });

    test("deletes a namespace only when somebody confirms it on the namespace", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const name = uniqueName();
      const namespace = namespaceOf(name);
      await engine.assign({ applications: { shop: { objects: [namespace, configMap(name, "a")] } } });
      await engine.assign({ generation: 2, applications: { shop: { objects: [configMap(name, "a")] } } });
      expect(engine.reported.application("shop")?.message).toBe(
        `Waits for confirmation to delete Namespace ${name}: a Namespace takes more with it than itself; 'drover prune confirm ${engine.environment} -a shop' confirms it`,
      );
      expect((await liveOf(cluster, namespace))?.metadata["deletionTimestamp"]).toBeUndefined();
      await edit(cluster, namespace, { metadata: { annotations: { "drover.dev/prune": "confirmed" } } });
      await expect
        .poll(async () => {
          const live = await liveOf(cluster, namespace);
          return live === undefined || live.metadata["deletionTimestamp"] !== undefined;
        })
        .toBe(true);
    });
  });
}
