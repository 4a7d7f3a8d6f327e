import { describe, expect, test } from "vitest";
import { type ApplyPolicy, defaultApplyPolicy, type Manifest } from "../../common/domain/index.ts";
import { createNamespace } from "./kube-cluster.ts";
import { applyAs, configMap, createAs, edit, inventoryOf, liveOf, remove } from "./reconciler-objects.ts";
import type { ReconcilerStage, Wanted } from "./reconciler-stage.ts";

function annotated(manifest: Manifest, annotations: Readonly<Record<string, string>>): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

function wanted(objects: readonly Manifest[], apply: Partial<ApplyPolicy> = {}, generation = 1): Wanted {
  const policy = { apply: { ...defaultApplyPolicy, ...apply } };
  return { generation, applications: { shop: { objects, policy } } };
}

export function describePolicies(stage: () => ReconcilerStage): void {
  const live = (manifest: Manifest) => liveOf(stage().cluster, manifest);
  const dataOf = async (manifest: Manifest) => (await live(manifest))?.["data"];
  const fresh = async () => {
    const { cluster } = stage();
    const engine = await stage().start();
    const owned = async () =>
      (await inventoryOf(cluster, engine.environment))["shop"]?.objects.map((entry) => entry.slice(0, 4).join("/")) ??
      [];
    return { cluster, engine, owned, namespace: await createNamespace(cluster) };
  };

  describe("per object", () => {
    test.each([
      ["drover.dev/apply", "merge"],
      ["kustomize.toolkit.fluxcd.io/ssa", "Merge"],
    ])("%s=%s keeps what others said, and says what we say", async (name, value) => {
      const { cluster, engine, namespace } = await fresh();
      await createAs(cluster, configMap(namespace, "a", { ours: "0", theirs: "1" }), "kubectl-client-side-apply");
      const object = (ours: string) => annotated(configMap(namespace, "a", { ours }), { [name]: value });
      await engine.assign(wanted([object("1")]));
      expect(await dataOf(object("1"))).toEqual({ ours: "1", theirs: "1" });
      await engine.assign(wanted([object("2")], {}, 2));
      expect(await dataOf(object("1"))).toEqual({ ours: "2", theirs: "1" });
      await edit(cluster, object("1"), { data: { ours: "3" } });
      await expect.poll(() => dataOf(object("1"))).toEqual({ ours: "2", theirs: "1" });
    });

    test.each([
      ["drover.dev/apply", "ifNotPresent"],
      ["kustomize.toolkit.fluxcd.io/ssa", "IfNotPresent"],
    ])("%s=%s creates what is not there, leaves it alone, and prunes what it created only", async (name, value) => {
      const { cluster, engine, namespace, owned } = await fresh();
      await createAs(cluster, configMap(namespace, "old", { key: "old" }), "somebody");
      const once = (which: string, key: string) => annotated(configMap(namespace, which, { key }), { [name]: value });
      await engine.assign(wanted([once("old", "1"), once("new", "1")]));
      expect([await dataOf(once("old", "")), await dataOf(once("new", ""))]).toEqual([{ key: "old" }, { key: "1" }]);
      expect(engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      expect(engine.reported.object(once("old", ""))).toMatchObject({
        sync: "Synced",
        health: "Healthy",
        message: "Left as it is: it was there before, and is only created where it is not",
      });
      expect(engine.reported.application("shop")?.message).toBe("");
      expect(await owned()).toEqual([`/ConfigMap/${namespace}/new`]);

      engine.requests();
      await edit(cluster, once("new", ""), { data: { key: "edited" } });
      await engine.assign(wanted([once("old", "2"), once("new", "2")], {}, 2));
      const { patch = 0 } = engine.requests();
      expect(patch).toBe(0);
      expect(await dataOf(once("new", ""))).toEqual({ key: "edited" });
      expect(engine.reported.drift(once("new", ""))).toBeUndefined();
      expect(engine.reported.phases()).toContain("healthy 2");

      await remove(cluster, once("new", ""));
      await expect.poll(() => dataOf(once("new", ""))).toEqual({ key: "2" });
      await engine.reconciler.idle();
      await engine.assign(wanted([], {}, 3));
      await expect.poll(() => live(once("new", ""))).toBeUndefined();
      expect(await dataOf(once("old", ""))).toEqual({ key: "old" });
    });

    test.each([
      ["drover.dev/apply", "ignore"],
      ["drover.dev/reconcile", "disabled"],
      ["kustomize.toolkit.fluxcd.io/ssa", "Ignore"],
      ["kustomize.toolkit.fluxcd.io/reconcile", "disabled"],
    ])("%s=%s neither applies nor prunes", async (name, value) => {
      const { cluster, engine, namespace, owned } = await fresh();
      const plain = configMap(namespace, "plain");
      const ignored = (which: string) => annotated(configMap(namespace, which, { key: "2" }), { [name]: value });
      const before = configMap(namespace, "before");
      await engine.assign(wanted([plain, before]));
      await engine.assign(wanted([plain, ignored("before"), ignored("never")], {}, 2));
      expect(await live(ignored("never"))).toBeUndefined();
      expect(await dataOf(before)).toEqual({ key: "1" });
      expect(await owned()).toEqual([`/ConfigMap/${namespace}/plain`]);
      expect(engine.reported.phases()).toContain("healthy 2");
      expect(engine.reported.object(before)).toMatchObject({ sync: "Synced", health: "Healthy" });
      await edit(cluster, before, { data: { key: "edited" } });
      await engine.assign(wanted([plain], {}, 3));
      expect(await dataOf(before)).toEqual({ key: "edited" });
      expect(engine.reported.drift(before)).toBeUndefined();
    });

    test("what is left as it is holds up no later wave", async () => {
      const { cluster, engine, namespace } = await fresh();
      const ignored = annotated(configMap(namespace, "ignored"), { "drover.dev/apply": "ignore" });
      const once = annotated(configMap(namespace, "once"), { "drover.dev/apply": "ifNotPresent" });
      const later = annotated(configMap(namespace, "later"), { "drover.dev/wave": "1" });
      await createAs(cluster, configMap(namespace, "once", { key: "old" }), "somebody");
      await engine.assign(wanted([ignored, once, later]));
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      expect(await live(later)).toBeDefined();
    });

    test("a wrong word is that object's error, with what is expected and where it is, and stops no other", async () => {
      const { engine, namespace } = await fresh();
      const wrong = annotated(configMap(namespace, "wrong"), { "drover.dev/apply": "sometimes" });
      const other = configMap(namespace, "other");
      await engine.assign({ ...wanted([wrong, other]), source: "apps/shop/all.yaml:7" });
      expect(engine.reported.object(wrong)?.message).toBe(
        `Cannot apply ConfigMap ${namespace}/wrong: annotation drover.dev/apply (or kustomize.toolkit.fluxcd.io/ssa) is "sometimes": expected override, merge, ifNotPresent or ignore (apps/shop/all.yaml:7)`,
      );
      expect(await live(wrong)).toBeUndefined();
      expect(engine.reported.object(other)).toMatchObject({ sync: "Synced" });
    });

    test.each([
      ["drover.dev/reconcile", "disabled"],
      ["kustomize.toolkit.fluxcd.io/reconcile", "disabled"],
      ["kustomize.toolkit.fluxcd.io/ssa", "Ignore"],
    ])("%s=%s in the cluster pauses it until that is undone", async (name, value) => {
      const { cluster, engine, namespace } = await fresh();
      const object = configMap(namespace, "a");
      await engine.assign(wanted([object]));
      await edit(cluster, object, { metadata: { annotations: { [name]: value } } });
      await expect.poll(() => engine.reported.object(object)).toMatchObject({ sync: "Unknown", health: "Suspended" });
      await edit(cluster, object, { data: { key: "edited" } });
      const changed = configMap(namespace, "a", { key: "2" });
      await engine.assign(wanted([changed], {}, 2));
      expect(await dataOf(object)).toEqual({ key: "edited" });
      expect(engine.reported.phases()).toContain("applied 2");
      expect(engine.reported.application("shop")?.message).toContain("an annotation in the cluster says so");
      await engine.assign(wanted([], {}, 3));
      expect(await dataOf(object)).toEqual({ key: "edited" });
      await engine.assign(wanted([changed], {}, 4));
      await edit(cluster, object, { metadata: { annotations: { [name]: null } } });
      await expect.poll(() => dataOf(object)).toEqual({ key: "2" });
      await expect.poll(() => engine.reported.object(object)).toMatchObject({ sync: "Synced", health: "Healthy" });
    });
  });

  describe("adopting", () => {
    test('"never" leaves what is there alone, names who manages it, and applies the rest', async () => {
      const { cluster, engine, namespace, owned } = await fresh();
      const there = configMap(namespace, "there", { key: "1" });
      await createAs(cluster, there, "helm");
      const other = configMap(namespace, "other");
      await engine.assign(wanted([there, other], { adopt: "never" }));
      expect(engine.reported.object(there)).toMatchObject({
        sync: "OutOfSync",
        message: `Cannot apply ConfigMap ${namespace}/there: it exists already, managed by "helm", and adopt is "never": set adopt to "always" in application.yaml or by the annotation drover.dev/adopt, or delete it`,
      });
      expect((await live(there))?.metadata.labels).toBeUndefined();
      expect(engine.reported.object(other)).toMatchObject({ sync: "Synced" });
      expect(await owned()).toEqual([`/ConfigMap/${namespace}/other`]);
      await engine.assign(wanted([other], { adopt: "never" }, 2));
      expect(await live(there)).toBeDefined();
      const allowed = annotated(there, { "drover.dev/adopt": "always" });
      await engine.assign(wanted([allowed, other], { adopt: "never" }, 3));
      expect(engine.reported.object(there)).toMatchObject({ sync: "Synced" });
      expect(await owned()).toHaveLength(2);
    });

    test('"identical" takes what applying would not change, and leaves it exactly so', async () => {
      const { cluster, engine, namespace } = await fresh();
      const same = configMap(namespace, "same", { key: "1" });
      const different = configMap(namespace, "different", { key: "1" });
      await applyAs(cluster, configMap(namespace, "same", { key: "1", more: "1" }), "helm");
      await applyAs(cluster, configMap(namespace, "different", { key: "2" }), "helm");
      await engine.assign(wanted([same, different], { adopt: "identical" }));
      expect(await dataOf(same)).toEqual({ key: "1", more: "1" });
      expect(engine.reported.object(same)).toMatchObject({ sync: "Synced" });
      expect(engine.reported.object(different)?.message).toContain(
        'managed by "helm" and differs in data.key, and adopt is "identical"',
      );
      expect(await dataOf(different)).toEqual({ key: "2" });
      await engine.assign(wanted([configMap(namespace, "same", {})], { adopt: "identical" }, 2));
      expect(await dataOf(same)).toEqual({ more: "1" });
    });

    test("asks nobody for objects that are ours, and again about one that was refused", async () => {
      const { cluster, engine, namespace } = await fresh();
      const there = configMap(namespace, "there");
      await createAs(cluster, there, "helm");
      const other = configMap(namespace, "other");
      await engine.assign(wanted([there, other], { adopt: "never" }));
      await remove(cluster, there);
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      await engine.reconciler.idle();
      engine.requests();
      await engine.assign(wanted([there, configMap(namespace, "other", { key: "2" })], { adopt: "never" }, 2));
      expect(engine.requests()["get"]).toBeUndefined();
    });
  });
}
