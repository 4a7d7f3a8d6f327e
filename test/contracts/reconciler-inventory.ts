import { describe, expect, test } from "vitest";
import { createInventoryStore } from "../../agent/apply/index.ts";
import type { InventoryEntry } from "../../agent/inventory/index.ts";
import { type Manifest, refKey } from "../../common/domain/index.ts";
import { createNamespace, customResourceDefinition, uniqueName } from "./kube-cluster.ts";
import { configMap, deployment, inventoryOf, liveOf, makeAvailable } from "./reconciler-objects.ts";
import { desiredEnvironment, type ReconcilerStage } from "./reconciler-stage.ts";

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

    test("with an object in a namespace, whose kind has none, is about that object", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const { environment } = engine;
      const namespace = await createNamespace(cluster);
      const group = `${uniqueName("g")}.example.com`;
      const definition = customResourceDefinition(group, "Planet", "planets") as Manifest & { spec: object };
      const planets = { ...definition, spec: { ...definition.spec, scope: "Cluster" } };
      await cluster.raw("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", planets);
      const planet = (name: string): Manifest => ({
        apiVersion: `${group}/v1`,
        kind: "Planet",
        metadata: { name, namespace },
      });
      const live = async (name: string) => (await cluster.raw("GET", `/apis/${group}/v1/planets/${name}`)).body;
      const space = { objects: [planet("mars"), planet("venus")] };
      await engine.assign({ applications: { space } });
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      await engine.reconciler.idle();
      engine.requests();
      await engine.assign({ generation: 2, applications: { space } });
      expect(engine.requests()).toEqual({});
      const desired = desiredEnvironment(environment, { generation: 3, applications: { space } });
      expect(engine.reconciler.preview(desired, [])).toMatchObject({ steps: [], prunes: [], identical: 2 });
      const mars = await live("mars");

      // As it was recorded when nothing was known of the kind.
      await engine.stop();
      const again = await stage().start({ environment });
      const store = createInventoryStore(again.kube, environment, new AbortController().signal);
      await store.load();
      for (const [key, entry] of [...(store.inventory().get("space")?.entries ?? [])]) {
        store.update("space", { ...entry, ref: { ...entry.ref, namespace } });
        store.remove("space", key);
      }
      await store.flush();
      // One of them left meanwhile.
      const other = { objects: [{ ...planet("mars"), metadata: { name: "mars", namespace: "elsewhere" } }] };
      const applications = { other, space: { objects: [planet("mars")] } };
      await again.assign({ generation: 3, applications, maxDeletes: { most: 10, isPercent: false } });
      const inSpace = { ...planet("mars"), metadata: { name: "mars" } };
      await expect
        .poll(() => again.reported.application("other")?.message)
        .toContain('Belongs to application "space", but application "other" has it too');
      expect(again.reported.object(inSpace)).toBeDefined();
      await expect.poll(() => live("venus")).toMatchObject({ code: 404 });
      expect(await live("mars")).toEqual(mars);
      await expect
        .poll(async () => (await inventoryOf(cluster, environment))["space"]?.objects.map((each) => each.slice(0, 4)))
        .toEqual([[group, "Planet", "", "mars"]]);
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
