import { describe, expect, test } from "vitest";
import type { KubeClient, LiveObject } from "../../agent/ports.ts";
import { type ApplyPolicy, defaultApplyPolicy, type Manifest } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { createNamespace } from "./kube-cluster.ts";
import { applyAs, configMap, createAs, deployment, edit, liveOf } from "./reconciler-objects.ts";
import type { ReconcilerStage } from "./reconciler-stage.ts";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

export function describeTakeover(stage: () => ReconcilerStage): void {
  const live = (manifest: Manifest) => liveOf(stage().cluster, manifest);
  const managersOf = async (manifest: Manifest) =>
    ((await live(manifest)) as LiveObject | undefined)?.metadata.managedFields?.map(
      ({ manager, operation }) => `${manager} ${operation}`,
    );
  const applications = (object: Manifest, apply: Partial<ApplyPolicy> = {}) => ({
    shop: { objects: [object], policy: { apply: { ...defaultApplyPolicy, ...apply } } },
  });

  describe("taking over", () => {
    test("removes from an object of kubectl apply what Git does not say, its annotation too", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const web = deployment(namespace, "web");
      const written: Manifest = {
        ...web,
        metadata: {
          ...web.metadata,
          labels: { ...web.metadata.labels, old: "1" },
          annotations: { [lastApplied]: "{}" },
        },
        spec: { ...(web["spec"] as object), minReadySeconds: 5 },
      };
      await createAs(cluster, written, "kubectl-client-side-apply");
      const before = await live(web);
      await engine.assign({ applications: applications(web) });
      const after = await live(web);
      expect(after?.metadata["uid"]).toBe(before?.metadata["uid"]);
      expect(after?.metadata.labels).not.toHaveProperty("old");
      expect(after?.metadata.annotations ?? {}).not.toHaveProperty([lastApplied]);
      expect(after?.["spec"]).not.toHaveProperty("minReadySeconds");
      expect(await managersOf(web)).toEqual(["drover Apply"]);
      expect(engine.reported.object(web)).toMatchObject({ sync: "Synced" });
      expect(engine.reported.drift(web)).toBeUndefined();
    });

    test.each([
      ["kubectl", "Apply"],
      ["kubectl", "Update"],
      ["kubectl-create", "Update"],
      ["kubectl-last-applied", "Apply"],
      ["helm", "Update"],
      ["helm", "Apply"],
      ["helm-controller", "Update"],
      ["kustomize-controller", "Apply"],
      ["argocd-controller", "Apply"],
      ["argocd-application-controller", "Update"],
    ] as const)("lets go with Git what %s had by %s", async (manager, operation) => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const both = configMap(namespace, "a", { stays: "1", goes: "1" });
      await (operation === "Apply" ? applyAs : createAs)(
        cluster,
        configMap(namespace, "a", { stays: "1", goes: "1", old: "1" }),
        manager,
      );
      await engine.assign({ applications: applications(both) });
      expect((await live(both))?.["data"]).toEqual({ stays: "1", goes: "1" });
      const one = configMap(namespace, "a", { stays: "1" });
      await engine.assign({ generation: 2, applications: applications(one) });
      expect((await live(one))?.["data"]).toEqual({ stays: "1" });
      expect(await managersOf(one)).toEqual(["drover Apply"]);
    });

    test("takes over objects that were written before anybody kept track of managers", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const object = configMap(namespace, "a", { stays: "1" });
      await createAs(cluster, configMap(namespace, "a", { stays: "1", old: "1" }), "somebody");
      await edit(cluster, object, { metadata: { managedFields: [{}] } });
      await engine.assign({ applications: applications(object) });
      expect((await live(object))?.["data"]).toEqual({ stays: "1" });
      expect(await managersOf(object)).toEqual(["drover Apply"]);
    });

    test("leaves controllers what they have, and restarts nothing that somebody had restarted", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const web = deployment(namespace, "web");
      const { replicas: _replicas, ...spec } = web["spec"] as Readonly<Record<string, unknown>>;
      const scaled: Manifest = { ...web, spec };
      await createAs(cluster, web, "kubectl-client-side-apply");
      await edit(
        cluster,
        web,
        { metadata: { annotations: { "cert-manager.io/seen": "1" } } },
        "cert-manager-cainjector",
      );
      await edit(cluster, web, { spec: { replicas: 7 } }, "kube-controller-manager", "/scale");
      const restartedAt = { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" };
      await edit(cluster, web, { spec: { template: { metadata: { annotations: restartedAt } } } }, "kubectl-rollout");
      await engine.assign({ applications: applications(scaled) });
      expect(await live(web)).toMatchObject({
        metadata: { annotations: { "cert-manager.io/seen": "1" } },
        spec: { replicas: 7, template: { metadata: { annotations: restartedAt } } },
      });
      expect((await managersOf(web))?.toSorted()).toEqual([
        "cert-manager-cainjector Update",
        "drover Apply",
        "kube-controller-manager Update",
        "kubectl-rollout Update",
      ]);
    });

    test("keeps as many pods as there are where Git does not say how many", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const web = deployment(namespace, "web");
      const { replicas: _replicas, ...spec } = web["spec"] as Readonly<Record<string, unknown>>;
      await createAs(
        cluster,
        { ...web, spec: { ...spec, replicas: 5, minReadySeconds: 5 } },
        "kubectl-client-side-apply",
      );
      await engine.assign({ applications: applications({ ...web, spec }) });
      expect((await live(web))?.["spec"]).toMatchObject({ replicas: 5 });
      expect((await live(web))?.["spec"]).not.toHaveProperty("minReadySeconds");
    });

    test("leaves people what they add to an object that is ours, and names them when they change it", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const object = configMap(namespace, "a", { ours: "1" });
      await engine.assign({ applications: applications(object) });
      await edit(cluster, object, { data: { theirs: "1", ours: "2" } });
      await expect.poll(async () => (await live(object))?.["data"]).toEqual({ ours: "1", theirs: "1" });
      await engine.reconciler.idle();
      expect(engine.reported.drift(object)?.fields).toMatchObject([{ path: "data.ours", manager: "kubectl-edit" }]);
      const changed = configMap(namespace, "a", { ours: "3" });
      await engine.assign({ generation: 2, applications: applications(changed) });
      expect((await live(object))?.["data"]).toEqual({ ours: "3", theirs: "1" });
    });

    test("takes over again what another deployer says about an object that is ours, when its content changes", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const object = configMap(namespace, "a", { stays: "1", goes: "1" });
      await engine.assign({ applications: applications(object) });
      await applyAs(cluster, object, "kustomize-controller");
      await engine.reconciler.idle();
      const changed = configMap(namespace, "a", { stays: "1" });
      await engine.assign({ generation: 2, applications: applications(changed) });
      expect((await live(object))?.["data"]).toEqual({ stays: "1" });
    });

    test("takes over from further managers that the application names", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const object = configMap(namespace, "a", { ours: "1" });
      const takeover = { takeover: ["overridden-.*"] };
      await createAs(cluster, configMap(namespace, "a", { ours: "1", theirs: "1" }), "overridden-manager");
      await edit(cluster, object, { data: { others: "1" } }, "not-overridden-manager");
      await engine.assign({ applications: applications(object, takeover) });
      expect((await live(object))?.["data"]).toEqual({ ours: "1", others: "1" });
      await edit(cluster, object, { data: { theirs: "2" } }, "overridden-manager");
      const changed = configMap(namespace, "a", { ours: "2" });
      await engine.assign({ generation: 2, applications: applications(changed, takeover) });
      expect((await live(object))?.["data"]).toEqual({ ours: "2", others: "1" });
    });

    test("leaves to others what drift rules leave to them", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const web = deployment(namespace, "web");
      await createAs(
        cluster,
        { ...web, spec: { ...(web["spec"] as object), replicas: 5 } },
        "kubectl-client-side-apply",
      );
      const target = { group: "", kind: "Deployment", namespace: "", name: "" };
      const policy = { driftIgnore: [{ target, paths: ["/spec/replicas"], managers: [] }] };
      await engine.assign({ applications: { shop: { objects: [web], policy } } });
      expect((await live(web))?.["spec"]).toMatchObject({ replicas: 5 });
      expect(await managersOf(web)).toEqual(["drover Apply", "kubectl-client-side-apply Update"]);
    });

    test("makes one request for an object that is new, and none for one that is unchanged", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const old = configMap(namespace, "old", { a: "1" });
      await createAs(cluster, old, "kubectl-client-side-apply");
      await engine.assign({ applications: applications(configMap(namespace, "first")) });
      engine.requests();
      const objects = [configMap(namespace, "first"), configMap(namespace, "a"), configMap(namespace, "b")];
      await engine.assign({ generation: 2, applications: { shop: { objects } } });
      const { patch: withInventory, get = 0 } = engine.requests();
      expect({ patch: withInventory, get }).toEqual({ patch: 2 + 2, get: 0 });
      await engine.assign({ generation: 3, applications: { shop: { objects: [...objects, old] } } });
      engine.requests();
      await engine.assign({ generation: 4, applications: { shop: { objects: [...objects, old] } } });
      expect(engine.requests()).toEqual({});
    });

    test("goes on after an interruption between any two requests", async () => {
      const { cluster } = stage();
      for (const broken of ["setManagers", "second apply"]) {
        const namespace = await createNamespace(cluster);
        const object = configMap(namespace, "a", { stays: "1" });
        await createAs(cluster, configMap(namespace, "a", { stays: "1", old: "1" }), "kubectl-client-side-apply");
        let isOver = false;
        const never = () => Promise.reject(new AppError("UNAVAILABLE", "The connection is gone"));
        const wrap = (kube: KubeClient): KubeClient => ({
          ...kube,
          async setManagers(...request) {
            const result = broken === "setManagers" ? await never() : await kube.setManagers(...request);
            isOver = true;
            return result;
          },
          apply: (kind, manifest, options) =>
            isOver && manifest.metadata.name === "a" ? never() : kube.apply(kind, manifest, options),
        });
        const first = await stage().start({ wrap });
        await first.assign({ applications: applications(object) });
        await first.stop();
        expect(first.reported.phases()).toEqual([]);
        expect(await managersOf(object)).toEqual(
          broken === "setManagers" ? ["drover Apply", "kubectl-client-side-apply Update"] : ["drover Apply"],
        );
        const second = await stage().start({ environment: first.environment });
        await second.assign({ applications: applications(object) });
        expect((await live(object))?.["data"]).toEqual({ stays: "1" });
        expect(await managersOf(object)).toEqual(["drover Apply"]);
        expect(second.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      }
    });

    test("tries again when somebody else writes in between", async () => {
      const { cluster } = stage();
      let isDisturbed = false;
      const namespace = await createNamespace(cluster);
      const object = configMap(namespace, "a", { stays: "1" });
      await createAs(cluster, configMap(namespace, "a", { stays: "1", old: "1" }), "kubectl-client-side-apply");
      const wrap = (kube: KubeClient): KubeClient => ({
        ...kube,
        async setManagers(...request) {
          if (!isDisturbed) await edit(cluster, object, { data: { seen: "1" } }, "some-controller");
          isDisturbed = true;
          return kube.setManagers(...request);
        },
      });
      const engine = await stage().start({ wrap });
      await engine.assign({ applications: applications(object) });
      expect((await live(object))?.["data"]).toEqual({ stays: "1", seen: "1" });
      expect(await managersOf(object)).toEqual(["drover Apply", "some-controller Update"]);
    });
  });
}
