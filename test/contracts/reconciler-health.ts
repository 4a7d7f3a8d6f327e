import { describe, expect, test } from "vitest";
import type { KubeClient } from "../../agent/ports.ts";
import { type Clock, systemClock } from "../../common/async/index.ts";
import type { HealthCheck, Manifest } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { type ClusterHandle, createNamespace, uniqueName } from "./kube-cluster.ts";
import { deployment, edit, liveOf, makeAvailable } from "./reconciler-objects.ts";
import type { Engine, ReconcilerStage } from "./reconciler-stage.ts";

function widgetDefinition(group: string): Manifest {
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: anything, status: anything } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets", singular: "widget" },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema }],
    },
  };
}

function widgetOf(group: string, namespace: string, name: string): Manifest {
  return { apiVersion: `${group}/v1`, kind: "Widget", metadata: { name, namespace }, spec: { size: 3 } };
}

function checkOf(group: string, expressions: Partial<HealthCheck>): HealthCheck {
  return { group, kind: "Widget", inProgress: "", failed: "", current: "true", ...expressions };
}

async function setStatus(cluster: ClusterHandle, manifest: Manifest, status: object): Promise<void> {
  await edit(cluster, manifest, { status }, "widget-controller", "/status");
}

async function expectHealth(engine: Engine, manifest: Manifest, health: string, message = ""): Promise<void> {
  await expect.poll(() => engine.reported.object(manifest)).toMatchObject({ health, message });
}

const hourMs = 3_600_000;

/** Runs ahead: what is waited for comes soon, unless it takes hours, and everything in the cluster looks an hour old. */
export const hurried: Clock = {
  now: () => Date.now() + hourMs,
  sleep: (ms, options) => systemClock.sleep(ms > hourMs ? ms : Math.min(ms, 100), options),
};

/** A pod of a Deployment whose controller and kubelet do not run here. */
async function createPod(cluster: ClusterHandle, owner: Manifest, status: object): Promise<void> {
  const { name, namespace } = owner.metadata;
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const labels = { app: name, "pod-template-hash": "1" };
  const created = await cluster.raw("POST", pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${name}-1`, labels },
    spec: { containers: [{ name: "web", image: "registry.invalid/web:broken" }] },
  });
  if (created.status !== 201) throw new Error(`Cannot create a pod: ${JSON.stringify(created)}`);
  const patched = await cluster.raw("PATCH", `${pods}/${name}-1/status`, { status }, "application/merge-patch+json");
  if (patched.status !== 200) throw new Error(`Cannot set a pod's status: ${JSON.stringify(patched)}`);
}

const pullFailure = {
  phase: "Pending",
  containerStatuses: [
    {
      name: "web",
      image: "registry.invalid/web:broken",
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image" } },
    },
  ],
};

export function describeHealth(stage: () => ReconcilerStage): void {
  describe("health", () => {
    test("follows an application's check: in progress, failed, current", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const group = `${uniqueName("g")}.example.com`;
      const widget = widgetOf(group, namespace, "web");
      const health = [
        checkOf(group, {
          inProgress: "!has(status.phase) || status.phase == 'Starting'",
          failed: "status.phase == 'Failed'",
          current: "status.phase == 'Running' && status.size == spec.size",
        }),
      ];
      await engine.assign({
        applications: { shop: { objects: [widgetDefinition(group), widget], policy: { health } } },
      });

      await expectHealth(
        engine,
        widget,
        "Unknown",
        'Cannot evaluate health check "inProgress": unknown variable: status',
      );
      await setStatus(cluster, widget, { phase: "Starting" });
      await expectHealth(engine, widget, "Progressing", 'health check "inProgress" holds');
      await setStatus(cluster, widget, { phase: "Failed", message: "no room" });
      await expectHealth(engine, widget, "Degraded", 'health check "failed" holds: no room');
      expect(engine.reported.application("shop")).toMatchObject({
        health: "Degraded",
        message: `Widget ${namespace}/web: health check "failed" holds: no room`,
      });
      await setStatus(cluster, widget, { phase: "Running", message: null, size: 2 });
      await expectHealth(engine, widget, "Progressing", 'health check "current" does not hold');
      await setStatus(cluster, widget, { size: 3 });
      await expectHealth(engine, widget, "Healthy");
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
    });

    test("is told anew when the check changes, for the application's own objects only, without a write", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const group = `${uniqueName("g")}.example.com`;
      const [mine, other] = [widgetOf(group, namespace, "mine"), widgetOf(group, namespace, "other")];
      const applications = (...health: HealthCheck[]) => ({
        shop: { objects: [widgetDefinition(group), mine], policy: { health } },
        other: { objects: [other], dependsOn: ["shop"] },
      });
      await engine.assign({ applications: applications() });
      await expectHealth(engine, other, "Healthy");
      const ready = { type: "Ready", status: "False", reason: "Resting", message: "" };
      for (const widget of [mine, other]) await setStatus(cluster, widget, { phase: "Idle", conditions: [ready] });
      for (const widget of [mine, other]) await expectHealth(engine, widget, "Progressing", "Resting");
      engine.requests();

      await engine.assign({
        generation: 2,
        applications: applications(checkOf(group, { current: "status.phase == 'Idle'" })),
      });
      await expectHealth(engine, mine, "Healthy");
      await expectHealth(engine, other, "Progressing", "Resting");
      await engine.assign({
        generation: 3,
        applications: applications(checkOf(group, { failed: "status.phase == 'Idle'" })),
      });
      await expectHealth(engine, mine, "Degraded", 'health check "failed" holds: Resting');
      await engine.assign({ generation: 4, applications: applications() });
      await expectHealth(engine, mine, "Progressing", "Resting");
      expect(Object.keys(engine.requests()).sort()).toEqual(["list", "watch"]);
    });

    test("of a well-known kind is told in its own words, and as failed only after a minute, without an event", async () => {
      const { cluster } = stage();
      let aheadMs = -hourMs;
      const clock: Clock = { now: () => Date.now() + aheadMs, sleep: hurried.sleep };
      const engine = await stage().start({ clock });
      const namespace = await createNamespace(cluster);
      const group = `${uniqueName("g")}.upbound.io`;
      const widget = widgetOf(group, namespace, "web");
      const objects = [widgetDefinition(group), widget];
      const is = (...conditions: readonly (readonly [type: string, status: string, reason: string])[]) => ({
        conditions: conditions.map(([type, status, reason]) => ({ type, status, reason, message: "says the cloud" })),
      });
      await engine.assign({ applications: { shop: { objects, policy: { timeoutSeconds: 86_400 } } } });
      await expectHealth(engine, widget, "Progressing", "no status yet");
      await setStatus(cluster, widget, is(["Synced", "True", "ReconcileSuccess"], ["Ready", "False", "Creating"]));
      await expectHealth(engine, widget, "Progressing", "Creating: says the cloud");
      await setStatus(cluster, widget, is(["Synced", "False", "ReconcileError"], ["Ready", "False", "Creating"]));
      await expectHealth(engine, widget, "Progressing", "ReconcileError: says the cloud");
      // What was applied an hour ago has no more time to find what it needs.
      aheadMs = hourMs;
      await expectHealth(engine, widget, "Degraded", "ReconcileError: says the cloud");
      await expect
        .poll(() => engine.reported.application("shop"))
        .toMatchObject({ health: "Degraded", message: `Widget ${namespace}/web: ReconcileError: says the cloud` });
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1"]);
      await setStatus(cluster, widget, is(["Synced", "True", "ReconcileSuccess"], ["Ready", "True", "Available"]));
      await expectHealth(engine, widget, "Healthy");
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);

      const health = [checkOf(group, { failed: "status.conditions.size() == 2" })];
      await engine.assign({ generation: 2, applications: { shop: { objects, policy: { health } } } });
      await expectHealth(engine, widget, "Degraded", 'health check "failed" holds: Available: says the cloud');
    });

    test("of a kind without a status can be told by its content", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const settings: Manifest = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace } };
      const health = [{ ...checkOf("", { current: "has(data.ready) && data.ready == 'yes'" }), kind: "ConfigMap" }];
      await engine.assign({ applications: { shop: { objects: [settings], policy: { health } } } });
      await expectHealth(engine, settings, "Unknown", 'Cannot evaluate health check "current": unknown variable: data');
      await edit(cluster, settings, { data: { ready: "yes" } }, "somebody");
      await expectHealth(engine, settings, "Healthy");
    });

    test("of a workload is told without its pods while the API server limits requests for them", async () => {
      const { cluster } = stage();
      const tooMany = new AppError("RESOURCE_EXHAUSTED", "Cannot list pods: too many requests", { retryAfterMs: 1 });
      let refused = 0;
      const wrap = (kube: KubeClient): KubeClient => ({
        ...kube,
        list: (kind, options) =>
          kind.kind === "Pod" && ++refused > 0 ? Promise.reject(tooMany) : kube.list(kind, options),
      });
      const engine = await stage().start({ clock: hurried, wrap });
      const namespace = await createNamespace(cluster);
      const web = deployment(namespace, "web");
      await engine.assign({ applications: { shop: { objects: [web], policy: { timeoutSeconds: 86_400 } } } });
      await expect.poll(() => refused).toBeGreaterThan(1);
      expect(engine.reported.object(web)).toMatchObject({ sync: "Synced", health: "Progressing" });
      await makeAvailable(cluster, web);
      await expectHealth(engine, web, "Healthy");
    });

    test("of a workload names the container that does not start, and is Degraded before the timeout", async () => {
      const { cluster } = stage();
      const engine = await stage().start({ clock: hurried });
      const namespace = await createNamespace(cluster);
      const web = deployment(namespace, "web");
      await createPod(cluster, web, pullFailure);
      await engine.assign({ applications: { shop: { objects: [web], policy: { timeoutSeconds: 86_400 } } } });
      const generation = (await liveOf(cluster, web))?.metadata["generation"];
      await setStatus(cluster, web, { observedGeneration: generation, replicas: 2, updatedReplicas: 2 });
      const message = "0 of 2 replicas available: container web: ImagePullBackOff: Back-off pulling image";
      await expectHealth(engine, web, "Degraded", message);
      expect(engine.reported.application("shop")).toMatchObject({
        health: "Degraded",
        message: expect.stringContaining(message),
      });
    });
  });
}
