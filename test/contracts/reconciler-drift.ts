import { describe, expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { createNamespace } from "./kube-cluster.ts";
import { configMap, deployment, edit, liveOf, makeAvailable, remove } from "./reconciler-objects.ts";
import type { ReconcilerStage } from "./reconciler-stage.ts";

export function describeDrift(stage: () => ReconcilerStage): void {
  const live = (manifest: Manifest) => liveOf(stage().cluster, manifest);
  const soon = { timeout: 30_000, interval: 10 };

  describe("drift", () => {
    test("brings a deleted object back and says so", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const object = configMap(namespace, "a");
      await engine.assign({ applications: { shop: { objects: [object] } } });
      await remove(stage().cluster, object);
      await expect.poll(() => live(object), soon).toBeDefined();
      await engine.reconciler.idle();
      expect(engine.reported.drift(object)).toEqual({
        object: { group: "", kind: "ConfigMap", namespace, name: "a" },
        state: "corrected",
        fields: [{ path: "", manager: "", at: "" }],
        count: 1,
        firstSeen: expect.stringMatching(/^\d{4}-/),
        lastSeen: expect.stringMatching(/^\d{4}-/),
      });
      expect(engine.reported.object(object)).toMatchObject({ sync: "Synced", health: "Healthy" });
    });

    test("restores edited and removed fields, and names who changed them", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const web = deployment(namespace, "web");
      await engine.assign({ applications: { shop: { objects: [web] } } });
      await edit(cluster, web, {
        metadata: { labels: { "app.kubernetes.io/name": null } },
        spec: {
          replicas: 7,
          template: { spec: { containers: [{ name: "web", image: "registry.invalid/evil", args: ["--port", "81"] }] } },
        },
      });
      await expect.poll(() => live(web), soon).toMatchObject({ spec: { replicas: 2 } });
      await engine.reconciler.idle();
      const restored = await live(web);
      expect(restored?.metadata.labels?.["app.kubernetes.io/name"]).toBe("web");
      const by = { manager: "kubectl-edit", at: expect.stringMatching(/^\d{4}-/), operation: "Update" };
      const record = engine.reported.drift(web);
      expect(record).toMatchObject({ state: "corrected", count: 1 });
      expect(record?.fields.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
        { path: "metadata.labels[app.kubernetes.io/name]", desired: "web", manager: "", at: "" },
        { path: "spec.replicas", desired: 2, live: 7, ...by },
        {
          path: "spec.template.spec.containers[name=web].args",
          desired: ["--port", "80"],
          live: ["--port", "81"],
          ...by,
        },
        {
          path: "spec.template.spec.containers[name=web].image",
          desired: "registry.invalid/web:1",
          live: "registry.invalid/evil",
          ...by,
        },
        // The merge patch replaced the list of containers, and with it their ports.
        {
          path: "spec.template.spec.containers[name=web].ports",
          desired: [{ containerPort: 80 }],
          manager: "",
          at: "",
        },
      ]);
    });

    test("restores ownership labels", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const object = configMap(namespace, "a");
      await engine.assign({ applications: { shop: { objects: [object] } } });
      await edit(cluster, object, { metadata: { labels: { "drover.dev/application": null } } });
      await expect
        .poll(async () => (await live(object))?.metadata.labels?.["drover.dev/application"], soon)
        .toBe("shop");
      await engine.reconciler.idle();
      expect(engine.reported.drift(object)?.fields).toEqual([
        { path: "metadata.labels[drover.dev/application]", desired: "shop", manager: "", at: "" },
      ]);
    });

    test("does not touch fields, status and labels of others, nor its own writes", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const web = deployment(namespace, "web");
      const object = configMap(namespace, "a");
      await engine.assign({ applications: { shop: { objects: [web, object] } } });
      engine.requests();
      await edit(cluster, web, { metadata: { labels: { team: "red" }, annotations: { note: "mine" } } });
      await edit(cluster, object, { data: { extra: "2" } });
      await makeAvailable(cluster, web);
      await expect.poll(() => engine.reported.application("shop")?.health).toBe("Healthy");
      await engine.reconciler.idle();
      expect(engine.requests()).toEqual({});
      expect(engine.reported.drift(web)).toBeUndefined();
      expect(engine.reported.drift(object)).toBeUndefined();
      const changed = configMap(namespace, "a", { key: "2" });
      await engine.assign({ generation: 2, applications: { shop: { objects: [web, changed] } } });
      expect((await live(object))?.["data"]).toEqual({ key: "2", extra: "2" });
      expect(engine.reported.drift(object)).toBeUndefined();
    });

    test("only reports where the policy or the object says so, and says when it is over", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const byPolicy = configMap(namespace, "policy");
      const byAnnotation: Manifest = {
        ...configMap(namespace, "annotation"),
        metadata: { name: "annotation", namespace, annotations: { "drover.dev/drift": "report" } },
      };
      await engine.assign({
        applications: {
          loose: { objects: [byPolicy], policy: { driftMode: "report" } },
          strict: { objects: [byAnnotation] },
        },
      });
      for (const object of [byPolicy, byAnnotation]) {
        await edit(cluster, object, { data: { key: "changed" } });
        await expect.poll(() => engine.reported.drift(object)?.state).toBe("detected");
        await engine.reconciler.idle();
        expect(engine.reported.drift(object)).toMatchObject({
          count: 1,
          fields: [{ path: "data.key", desired: "1", live: "changed", manager: "kubectl-edit" }],
        });
        expect((await live(object))?.["data"]).toEqual({ key: "changed" });
        expect(engine.reported.object(object)).toMatchObject({
          sync: "OutOfSync",
          health: "Healthy",
          message: "Drift: data.key (kubectl-edit)",
        });
      }
      expect(engine.reported.application("loose")).toMatchObject({ sync: "OutOfSync", drifted: 1 });
      await edit(cluster, byPolicy, { data: { key: "1" } });
      await expect
        .poll(() => engine.reported.drift(byPolicy))
        .toMatchObject({ state: "resolved", count: 1, resolvedAt: expect.stringMatching(/^\d{4}-/) });
      await expect.poll(() => engine.reported.application("loose")).toMatchObject({ sync: "Synced", drifted: 0 });
    });

    test("corrects an object that says so in an application that only reports", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const left = configMap(namespace, "left");
      const kept: Manifest = {
        ...configMap(namespace, "kept"),
        metadata: { name: "kept", namespace, annotations: { "drover.dev/drift": "correct" } },
      };
      await engine.assign({ applications: { shop: { objects: [left, kept], policy: { driftMode: "report" } } } });
      for (const object of [left, kept]) await edit(cluster, object, { data: { key: "changed" } });
      await expect.poll(() => engine.reported.drift(kept)?.state).toBe("corrected");
      await expect.poll(() => engine.reported.drift(left)?.state).toBe("detected");
      await engine.reconciler.idle();
      expect((await live(kept))?.["data"]).toEqual({ key: "1" });
      expect((await live(left))?.["data"]).toEqual({ key: "changed" });
    });

    test("says who, when, how and how often, from first to last", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const web = deployment(namespace, "web");
      await engine.assign({ applications: { shop: { objects: [web] } } });
      for (const [index, replicas] of [5, 6].entries()) {
        await edit(cluster, web, { spec: { replicas } }, "kubectl", "/scale");
        await expect.poll(() => engine.reported.drift(web)?.count).toBe(index + 1);
        await expect.poll(() => live(web)).toMatchObject({ spec: { replicas: 2 } });
      }
      // The API server keeps no time for what comes through /scale: the record's own times tell.
      const at = "";
      const { firstSeen = "", lastSeen = "", ...record } = engine.reported.drift(web) ?? {};
      expect(record).toEqual({
        object: { group: "apps", kind: "Deployment", namespace, name: "web" },
        state: "corrected",
        count: 2,
        fields: [{ path: "spec.replicas", desired: 2, live: 6, manager: "kubectl", at, operation: "Update scale" }],
      });
      expect(Date.parse(firstSeen)).toBeLessThan(Date.parse(lastSeen));
    });

    test("is looked for on own objects only", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const [own, strange] = [configMap(namespace, "own"), configMap(namespace, "strange")];
      await engine.assign({ applications: { shop: { objects: [own] } } });
      await cluster.raw("POST", `/api/v1/namespaces/${namespace}/configmaps`, strange);
      engine.requests();
      await edit(cluster, strange, { data: { key: "2" } });
      await edit(cluster, own, { metadata: { annotations: { seen: "yes" } } });
      await engine.reconciler.idle();
      expect(engine.requests()).toEqual({});
      expect([engine.reported.object(strange), engine.reported.drift(strange)]).toEqual([undefined, undefined]);
    });

    test("masks the values of Secrets", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const secret: Manifest = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "s", namespace },
        data: { password: "c2VjcmV0" },
      };
      await engine.assign({ applications: { shop: { objects: [secret] } } });
      await edit(cluster, secret, { data: { password: "b3RoZXI=" } });
      await expect.poll(() => engine.reported.drift(secret)?.state).toBe("corrected");
      expect(engine.reported.drift(secret)?.fields).toMatchObject([
        { path: "data.password", desired: "***", live: "***", manager: "kubectl-edit" },
      ]);
    });

    test("corrects what drifted while no agent ran", async () => {
      const { cluster } = stage();
      const first = await stage().start();
      const namespace = await createNamespace(cluster);
      const [edited, deleted] = [configMap(namespace, "edited"), configMap(namespace, "deleted")];
      const applications = { shop: { objects: [edited, deleted] } };
      await first.assign({ applications });
      await first.stop();
      await edit(cluster, edited, { data: { key: "changed" } });
      await remove(cluster, deleted);
      const second = await stage().start({ environment: first.environment });
      await second.assign({ applications });
      expect((await live(edited))?.["data"]).toEqual({ key: "1" });
      expect(await live(deleted)).toBeDefined();
      expect(second.reported.drift(edited)).toMatchObject({ state: "corrected", fields: [{ path: "data.key" }] });
      expect(second.reported.drift(deleted)).toMatchObject({ state: "corrected", fields: [{ path: "" }] });
    });

    test("backs off from a fight and names the other one", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const object = configMap(namespace, "a");
      await engine.assign({ applications: { shop: { objects: [object] } } });
      for (let round = 1; round <= 5; round++) {
        await edit(cluster, object, { data: { key: `theirs ${round}` } }, "rival");
        await expect.poll(() => engine.reported.drift(object)?.count).toBe(round);
        await expect.poll(async () => (await live(object))?.["data"]).toEqual({ key: "1" });
      }
      await edit(cluster, object, { data: { key: "theirs 6" } }, "rival");
      await expect.poll(() => engine.reported.drift(object)?.state).toBe("contested");
      await engine.reconciler.idle();
      expect((await live(object))?.["data"]).toEqual({ key: "theirs 6" });
      expect(engine.reported.object(object)).toMatchObject({
        sync: "OutOfSync",
        message: 'Contested between "drover" and "rival": Drift: data.key (rival)',
      });
      await engine.reconciler.reconcileNow(engine.environment);
      expect((await live(object))?.["data"]).toEqual({ key: "1" });
      expect(engine.reported.object(object)).toMatchObject({ sync: "Synced", message: "" });
    });
  });
}
