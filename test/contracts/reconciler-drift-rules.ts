import { describe, expect, test } from "vitest";
import type { DriftRule, Manifest } from "../../common/domain/index.ts";
import { createNamespace } from "./kube-cluster.ts";
import { configMap, deployment, edit, liveOf } from "./reconciler-objects.ts";
import type { ReconcilerStage } from "./reconciler-stage.ts";

export function describeDriftRules(stage: () => ReconcilerStage): void {
  const live = (manifest: Manifest) => liveOf(stage().cluster, manifest);

  function rule(kind: string, paths: readonly string[], managers: readonly string[] = []): DriftRule {
    return { target: { group: "", kind, namespace: "", name: "" }, paths, managers };
  }

  describe("drift rules", () => {
    test("leave an ignored field to whoever changes it: applied at first, then neither reported nor overwritten", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const policy = { driftIgnore: [rule("Deployment", ["/spec/replicas"])] };
      const web = deployment(namespace, "web");
      await engine.assign({ applications: { shop: { objects: [web], policy } } });
      expect((await live(web))?.["spec"]).toMatchObject({ replicas: 2 });
      engine.requests();
      await edit(cluster, web, { spec: { replicas: 7 } }, "autoscaler");
      // It is looked at once, and remembered in the inventory.
      await expect.poll(async () => engine.requests()["get"]).toBe(1);
      await engine.reconciler.idle();
      expect(engine.reported.drift(web)).toBeUndefined();
      expect(engine.reported.object(web)).toMatchObject({ sync: "Synced" });

      const changed = deployment(namespace, "web", "registry.invalid/web:2");
      await engine.assign({ generation: 2, applications: { shop: { objects: [changed], policy } } });
      expect((await live(web))?.["spec"]).toMatchObject({
        replicas: 7,
        template: { spec: { containers: [{ image: "registry.invalid/web:2" }] } },
      });
      await edit(cluster, web, { metadata: { labels: { app: "other" } } });
      await expect.poll(async () => (await live(web))?.metadata.labels?.["app"]).toBe("web");
      await engine.reconciler.idle();
      expect((await live(web))?.["spec"]).toMatchObject({ replicas: 7 });
      await engine.stop();

      const second = await stage().start({ environment: engine.environment });
      await second.assign({ generation: 2, applications: { shop: { objects: [changed], policy } } });
      const { patch = 0, get = 0 } = second.requests();
      expect({ patch, get }).toEqual({ patch: 0, get: 0 });
      // Without the rule, it is drift again.
      await second.assign({ generation: 3, applications: { shop: { objects: [changed] } } });
      expect((await live(web))?.["spec"]).toMatchObject({ replicas: 2 });
      expect(second.reported.drift(web)).toMatchObject({
        state: "corrected",
        fields: [{ path: "spec.replicas", desired: 2, live: 7, manager: "autoscaler" }],
      });
    });

    test("by manager leave alone what that manager takes, and nobody else", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const object = configMap(namespace, "a", { left: "1", right: "1" });
      const policy = { driftIgnore: [rule("", [], ["rotator-.*"])] };
      await engine.assign({ applications: { shop: { objects: [object], policy } } });
      await edit(cluster, object, { data: { left: "2" } }, "rotator-1");
      await edit(cluster, object, { data: { right: "2" } }, "somebody");
      await expect.poll(async () => (await live(object))?.["data"]).toEqual({ left: "2", right: "1" });
      await engine.reconciler.idle();
      expect(engine.reported.drift(object)?.fields).toMatchObject([{ path: "data.right", manager: "somebody" }]);
    });

    test("in strict mode remove what people add, say so, and leave controllers alone", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const web = deployment(namespace, "web");
      const policy = { driftStrict: true };
      await engine.assign({ applications: { shop: { objects: [web], policy } } });
      await edit(cluster, web, { metadata: { annotations: { "example.com/seen": "1" } } }, "some-operator");
      await edit(cluster, web, { metadata: { labels: { team: "red", "example.com/a": "b" } }, spec: { replicas: 9 } });
      await expect.poll(async () => (await live(web))?.metadata.labels).not.toHaveProperty("team");
      await engine.reconciler.idle();
      expect((await live(web))?.metadata).toMatchObject({
        labels: { app: "web" },
        annotations: { "example.com/seen": "1" },
      });
      expect((await live(web))?.metadata.labels).not.toHaveProperty("example.com/a");
      const by = { manager: "kubectl-edit", at: expect.stringMatching(/^\d{4}-/), operation: "Update" };
      const { state, fields } = engine.reported.drift(web) ?? { state: "", fields: [] };
      expect(state).toBe("corrected");
      expect(fields.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
        { path: "metadata.labels.team", live: "red", ...by },
        { path: "metadata.labels[example.com/a]", live: "b", ...by },
        { path: "spec.replicas", desired: 2, live: 9, ...by },
      ]);
      expect(engine.reported.object(web)).toMatchObject({ sync: "Synced" });
    });

    test("in strict mode report additions, and find them when strictness is new", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const object = configMap(namespace, "a");
      await engine.assign({ applications: { shop: { objects: [object] } } });
      await edit(cluster, object, { data: { extra: "2" } });
      const policy = { driftStrict: true, driftMode: "report" as const };
      await engine.assign({ generation: 2, applications: { shop: { objects: [object], policy } } });
      await expect.poll(() => engine.reported.drift(object)?.state).toBe("detected");
      expect(engine.reported.drift(object)?.fields).toMatchObject([{ path: "data.extra", live: "2" }]);
      expect(engine.reported.object(object)).toMatchObject({ message: "Drift: data.extra (kubectl-edit)" });
      await edit(cluster, object, { data: { extra: null } });
      await expect.poll(() => engine.reported.drift(object)?.state).toBe("resolved");
      await engine.reconciler.idle();
      expect(engine.reported.object(object)).toMatchObject({ sync: "Synced" });
    });
  });
}
