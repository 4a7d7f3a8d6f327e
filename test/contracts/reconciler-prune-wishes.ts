import { describe, expect, test } from "vitest";
import type { KubeClient } from "../../agent/ports.ts";
import { type Manifest, ownershipLabels } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { createNamespace } from "./kube-cluster.ts";
import { configMap, deployment, edit, inventoryOf, liveOf, namespaceOf } from "./reconciler-objects.ts";
import type { ReconcilerStage } from "./reconciler-stage.ts";

/** What objects and applications say about their end, and what stands in its way. */
export function describePruneWishes(stage: () => ReconcilerStage): void {
  const isThere = async (manifest: Manifest) => (await liveOf(stage().cluster, manifest)) !== undefined;
  const saying = (manifest: Manifest, annotations: Readonly<Record<string, string>>): Manifest => ({
    ...manifest,
    metadata: { ...manifest.metadata, annotations },
  });
  const argo = (options: string) => ({ "argocd.argoproj.io/sync-options": options });
  const flux = (name: string, value: string) => ({ [`kustomize.toolkit.fluxcd.io/${name}`]: value });

  describe("ends of objects", () => {
    test("keeps what says so in the words of Flux, Helm and Argo CD", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const plain = configMap(namespace, "plain");
      const keepers = [
        saying(configMap(namespace, "flux-prune"), flux("prune", "disabled")),
        saying(configMap(namespace, "helm"), { "helm.sh/resource-policy": "keep" }),
        saying(configMap(namespace, "argo"), argo("Prune=false")),
      ];
      // Put on by hand: what says that it is not to be written at all.
      const byHand = configMap(namespace, "flux-ssa");
      await engine.assign({ applications: { shop: { objects: [plain, byHand, ...keepers] } } });
      await edit(stage().cluster, byHand, { metadata: { annotations: flux("ssa", "Ignore") } });
      await engine.assign({ generation: 2, applications: { shop: { objects: [] } } });
      await expect.poll(() => isThere(plain)).toBe(false);
      await engine.reconciler.idle();
      expect(await Promise.all([byHand, ...keepers].map(isThere))).toEqual([true, true, true, true]);
      expect(engine.reported.application("shop")).toMatchObject({ message: "", blockedPrune: null });
    });

    test("tells leaving an application from an application that leaves, as Argo CD does", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const [dropped, stays] = ["dropped", "stays"].map((name) =>
        saying(configMap(namespace, name), argo("Delete=false")),
      ) as [Manifest, Manifest];
      await engine.assign({ applications: { shop: { objects: [dropped, stays] } } });
      await engine.assign({ generation: 2, applications: { shop: { objects: [stays] } } });
      await expect.poll(() => isThere(dropped)).toBe(false);
      await engine.assign({ generation: 3, applications: {} });
      expect(await isThere(stays)).toBe(true);
    });

    test("deletes what asks for confirmation only when somebody confirms it, by annotation or by a word", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const [one, two] = ["one", "two"].map((name) => saying(configMap(namespace, name), argo("Prune=confirm"))) as [
        Manifest,
        Manifest,
      ];
      await engine.assign({ applications: { shop: { objects: [one, two] } } });
      await engine.assign({ generation: 2, applications: { shop: { objects: [] } } });
      expect(engine.reported.application("shop")?.blockedPrune).toMatchObject({
        count: 2,
        reason: "2 ask for it by annotation",
      });
      await edit(stage().cluster, one, { metadata: { annotations: { "drover.dev/prune": "confirmed" } } });
      await expect.poll(() => isThere(one)).toBe(false);
      await expect.poll(() => engine.reported.application("shop")?.blockedPrune?.count).toBe(1);
      expect(await isThere(two)).toBe(true);
      const confirmed = { shop: engine.reported.application("shop")?.blockedPrune?.digest ?? "" };
      await engine.assign({ generation: 2, applications: { shop: { objects: [] } }, confirmed });
      await expect.poll(() => isThere(two)).toBe(false);
    });

    test("deletes a namespace by a word as well as by annotation", async () => {
      const engine = await stage().start();
      const name = await createNamespace(stage().cluster);
      const applications = { shop: { objects: [configMap(name, "a")] } };
      await engine.assign({ applications: { shop: { objects: [namespaceOf(name), configMap(name, "a")] } } });
      await engine.assign({ generation: 2, applications });
      const confirmed = { shop: engine.reported.application("shop")?.blockedPrune?.digest ?? "" };
      await engine.assign({ generation: 2, applications, confirmed });
      await expect
        .poll(async () => {
          const live = await liveOf(stage().cluster, namespaceOf(name));
          return live === undefined || live.metadata["deletionTimestamp"] !== undefined;
        })
        .toBe(true);
    });

    test("deletes backwards, and last what asks to be last", async () => {
      const order: string[] = [];
      const noting = (kube: KubeClient): KubeClient => ({
        ...kube,
        delete: (kind, namespace, name, options) => {
          if (kind.kind !== "ConfigMap" || name === "second") order.push(name);
          return kube.delete(kind, namespace, name, options);
        },
      });
      const engine = await stage().start({ wrap: noting });
      const namespace = await createNamespace(stage().cluster);
      const objects = [
        saying(deployment(namespace, "last"), argo("PruneLast=true")),
        deployment(namespace, "first"),
        configMap(namespace, "second"),
      ];
      await engine.assign({ applications: { shop: { objects } } });
      await engine.assign({ generation: 2, applications: {} });
      await expect.poll(() => order).toEqual(["first", "second", "last"]);
    });

    test("leaves an orphaned application's objects to anybody who wants them next", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const object = configMap(namespace, "orphan");
      const policy = { deletion: "orphan" as const };
      await engine.assign({ applications: { shop: { objects: [object], policy } } });
      await engine.assign({ generation: 2, applications: {} });
      const labels = async () => (await liveOf(cluster, object))?.metadata.labels ?? {};
      await expect.poll(labels).not.toHaveProperty([ownershipLabels.application]);
      expect(await labels()).not.toHaveProperty([ownershipLabels.environment]);
      await expect.poll(async () => Object.keys(await inventoryOf(cluster, engine.environment))).toEqual([]);
      expect((await liveOf(cluster, object))?.["data"]).toEqual({ key: "1" });
      expect(engine.reported.application("shop")).toBeUndefined();

      const other = await stage().start();
      await other.assign({ applications: { heir: { objects: [object] } } });
      expect(other.reported.object(object)).toMatchObject({ sync: "Synced" });
      expect(await labels()).toMatchObject({ [ownershipLabels.application]: "heir" });
    });

    test("deletes an application that leaves where its policy says so, though it prunes nothing else", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const [dropped, stays] = [configMap(namespace, "dropped"), configMap(namespace, "stays")];
      const policy = { prune: false, deletion: "delete" as const };
      await engine.assign({ applications: { shop: { objects: [dropped, stays], policy } } });
      await engine.assign({ generation: 2, applications: { shop: { objects: [stays], policy } } });
      await engine.reconciler.idle();
      expect(await isThere(dropped)).toBe(true);
      await engine.assign({ generation: 3, applications: {} });
      await expect.poll(() => Promise.all([dropped, stays].map(isThere))).toEqual([false, false]);
    });

    test("leaves nothing behind of an application that left before anything of it was written", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const [never, base] = [configMap(namespace, "never"), deployment(namespace, "base")];
      const waits = { objects: [never], dependsOn: ["base"] };
      await engine.assign({ applications: { base: { objects: [base] }, waits } });
      expect(engine.reported.application("waits")?.message).toContain('Waits for "base"');
      await engine.assign({ generation: 2, applications: { base: { objects: [base] } } });
      await expect.poll(() => engine.reported.application("waits")).toBeUndefined();
      expect(Object.keys(await inventoryOf(stage().cluster, engine.environment))).toEqual(["base"]);
      expect(await isThere(never)).toBe(false);
    });

    test("says which finalizer holds an object, and lets it hold nothing else", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const held: Manifest = {
        ...configMap(namespace, "held"),
        metadata: { name: "held", namespace, finalizers: ["example.com/hold"] },
      };
      const others = [configMap(namespace, "other"), deployment(namespace, "web")];
      await engine.assign({ applications: { shop: { objects: [held, ...others] } } });
      await engine.assign({ generation: 2, applications: {} });
      await expect.poll(() => Promise.all(others.map(isThere))).toEqual([false, false]);
      const waits = /^Being deleted since \d{4}-\d\d-\d\dT[\d:]+Z: waits for finalizer "example.com\/hold"$/;
      await expect.poll(() => engine.reported.object(held)?.message).toMatch(waits);
      await expect.poll(() => engine.reported.application("shop")?.message).toContain("example.com/hold");
      await edit(cluster, held, { metadata: { finalizers: null } });
      await expect.poll(() => isThere(held)).toBe(false);
      await expect.poll(() => engine.reported.application("shop")).toBeUndefined();
      expect(await inventoryOf(cluster, engine.environment)).toEqual({});
    });

    test("tries a failed delete again, says why it failed, and keeps it in the inventory meanwhile", async () => {
      const { cluster } = stage();
      let isRefused = true;
      const refusing = (kube: KubeClient): KubeClient => ({
        ...kube,
        delete: async (kind, namespace, name, options) => {
          if (name === "refused" && isRefused) throw new AppError("PERMISSION_DENIED", "the webhook says no");
          return kube.delete(kind, namespace, name, options);
        },
      });
      const engine = await stage().start({ wrap: refusing });
      const namespace = await createNamespace(cluster);
      const [refused, other] = [configMap(namespace, "refused"), configMap(namespace, "other")];
      await engine.assign({ applications: { shop: { objects: [refused, other] } } });
      await engine.assign({ generation: 2, applications: { shop: { objects: [] } } });
      await expect.poll(() => isThere(other)).toBe(false);
      await expect
        .poll(() => engine.reported.application("shop"))
        .toMatchObject({ sync: "OutOfSync", message: expect.stringContaining("the webhook says no") });
      const names = (await inventoryOf(cluster, engine.environment))["shop"]?.objects.map((row) => row[3]);
      expect(names).toContain("refused");
      isRefused = false;
      await expect.poll(() => isThere(refused)).toBe(false);
      await expect.poll(() => engine.reported.application("shop")).toMatchObject({ sync: "Synced", message: "" });
    });
  });
}
