import { describe, expect, test } from "vitest";
import { createInventoryStore } from "../../agent/apply/index.ts";
import type { InventoryEntry } from "../../agent/inventory/index.ts";
import { type Manifest, refKey } from "../../common/domain/index.ts";
import { createNamespace } from "./kube-cluster.ts";
import { configMap, deployment, inventoryOf, liveOf, makeAvailable } from "./reconciler-objects.ts";
import type { ReconcilerStage } from "./reconciler-stage.ts";

const inventories = "/api/v1/namespaces/drover-system/configmaps";

/** What becomes of the inventory when it is large, and when somebody lays hands on it. */
export function describeInventory(stage: () => ReconcilerStage): void {
  const isThere = async (manifest: Manifest) => (await liveOf(stage().cluster, manifest)) !== undefined;

  /** An application with a Deployment and two ConfigMaps, of which one and the Deployment are to go; the agent is not running. */
  async function prepared() {
    const { cluster } = stage();
    const engine = await stage().start();
    const namespace = await createNamespace(cluster);
    const [stays, goes, web] = [
      configMap(namespace, "stays"),
      configMap(namespace, "goes"),
      deployment(namespace, "web"),
    ];
    await engine.assign({ applications: { shop: { objects: [stays, goes, web] } } });
    await makeAvailable(cluster, web);
    await engine.stop();
    const { environment } = engine;
    return { environment, stays, goes, web, part: `${inventories}/inventory-${environment}-0` };
  }

  describe("the inventory", () => {
    test.for([
      ["its JSON is broken", { data: { shop: '{"prune":true,"objects":[["' } }, "is damaged at application"],
      [
        "a row of it is cut",
        { data: { shop: '{"prune":true,"objects":[["","ConfigMap"]]}' } },
        "is damaged at application",
      ],
      ["it is deleted", undefined, "is gone"],
    ] as const)(
      "deletes nothing when %s, says so, and finds by labels what it had lost",
      async ([, patch, message]) => {
        const { cluster } = stage();
        const { environment, stays, goes, web, part } = await prepared();
        const answer =
          patch === undefined
            ? await cluster.raw("DELETE", part)
            : await cluster.raw("PATCH", part, patch, "application/merge-patch+json");
        expect(answer.status).toBe(200);

        const engine = await stage().start({ environment });
        const applications = { shop: { objects: [stays] } };
        await engine.assign({ generation: 2, applications });
        await expect
          .poll(() => engine.reported.application("shop")?.blockedPrune)
          .toMatchObject({ count: 2, reason: "2 were lost from the inventory" });
        expect(engine.reported.environment()?.message).toContain(`Inventory "inventory-${environment}-0" ${message}`);
        expect(await Promise.all([stays, goes, web].map(isThere))).toEqual([true, true, true]);
        expect(engine.reported.object(stays)).toMatchObject({ sync: "Synced" });
        await engine.stop();

        // Found is found: it is asked for again after a restart, and goes when somebody says so.
        const next = await stage().start({ environment });
        await next.assign({ generation: 2, applications });
        const blocked = next.reported.application("shop")?.blockedPrune;
        expect(blocked).toMatchObject({ count: 2, reason: "2 were lost from the inventory" });
        expect(next.reported.environment()?.message).not.toContain("inventory-");
        await next.assign({ generation: 2, applications, confirmed: { shop: blocked?.digest ?? "" } });
        await expect.poll(() => Promise.all([stays, goes, web].map(isThere))).toEqual([true, false, false]);
        await expect.poll(async () => (await inventoryOf(cluster, environment))["shop"]?.objects.length).toBe(1);
      },
    );

    test("does not take for its own what a controller copied its labels to", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const own = configMap(namespace, "own");
      await engine.assign({ applications: { shop: { objects: [own] } } });
      const labels = (await liveOf(cluster, own))?.metadata.labels;
      const copy = { ...configMap(namespace, "copy"), metadata: { name: "copy", namespace, labels } };
      expect((await cluster.raw("POST", `/api/v1/namespaces/${namespace}/configmaps`, copy)).status).toBe(201);
      await engine.assign({ generation: 2, applications: { shop: { objects: [own] } } });
      await engine.assign({ generation: 3, applications: {} });
      await expect.poll(() => isThere(own)).toBe(false);
      await expect.poll(() => engine.reported.application("shop")).toBeUndefined();
      expect(await isThere(configMap(namespace, "copy"))).toBe(true);
    });

    test("holds thousands of objects over many ConfigMaps, reads them back, and rewrites only what changes", async () => {
      const engine = await stage().start();
      const { kube, environment } = engine;
      const { signal } = new AbortController();
      const entries = Array.from({ length: 5_000 }, (_, index): [string, InventoryEntry] => {
        const ref = {
          group: "apps",
          kind: "Deployment",
          namespace: `namespace-${index % 40}`,
          name: `name-${index}`.padEnd(130, "x"),
        };
        const entry = {
          ref,
          apiVersion: "apps/v1",
          uid: "u".repeat(36),
          digest: "d".repeat(64),
          fieldsHash: "f".repeat(32),
        };
        return [refKey(ref), entry];
      });
      const store = createInventoryStore(kube, environment, signal);
      await store.load();
      store.replace("large", { prune: true, serviceAccount: "", entries: new Map(entries) });
      await store.flush();
      const { body } = await stage().cluster.raw(
        "GET",
        `${inventories}?labelSelector=drover.dev/inventory%3D${environment}`,
      );
      const sizes = (body as { items: unknown[] }).items.map((item) => JSON.stringify(item).length);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(1.5 * 1024 * 1024);
      expect(Math.max(...sizes)).toBeLessThan(256 * 1024);

      const again = createInventoryStore(kube, environment, signal);
      await again.load();
      expect(again.inventory().get("large")?.entries).toEqual(new Map(entries));
      engine.requests();
      const [key, entry] = entries[2_500] as [string, InventoryEntry];
      again.update("large", { ...entry, digest: "other" });
      await again.flush();
      await again.flush();
      expect(engine.requests()).toEqual({ patch: 1 });
      again.remove("large", key);
      await again.flush();
      const last = createInventoryStore(kube, environment, signal);
      await last.load();
      expect(last.inventory().get("large")?.entries.size).toBe(4_999);
      expect(last.losses()).toEqual([]);
    });
  });
}
