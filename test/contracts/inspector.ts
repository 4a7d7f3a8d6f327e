import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createInspector } from "../../agent/inspect/index.ts";
import { systemClock } from "../../common/async/index.ts";
import type { ClusterDiff, Manifest, ObjectEvent } from "../../common/domain/index.ts";
import { endJob, hasEnded, hookJob } from "./hook-objects.ts";
import { configMap, createNamespace, customResourceDefinition, type MakeCluster, uniqueName } from "./kube-cluster.ts";
import { createAs, deployment, edit, liveOf } from "./reconciler-objects.ts";
import { createStage, desiredEnvironment, type Engine, type ReconcilerStage, type Wanted } from "./reconciler-stage.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What an agent answers when it is asked, against an API server. */
export function describeInspector(name: string, make: MakeCluster): void {
  describe(`inspector on ${name}`, () => {
    let stage: ReconcilerStage;
    let engine: Engine;
    let namespace: string;

    beforeAll(async () => {
      stage = createStage(await make());
    });
    afterAll(async () => {
      await stage.stopAll();
      await stage.cluster.stop();
    });

    const path = (manifest: Manifest, plural: string, group = "api/v1") =>
      `/${group}/namespaces/${namespace}/${plural}/${manifest.metadata.name}`;
    const merge = (where: string, body: unknown) =>
      stage.cluster.raw("PATCH", `${where}?fieldManager=somebody`, body, "application/merge-patch+json");
    const inspectorFor = (wanted: Wanted) =>
      createInspector({
        kube: engine.kube,
        reconciler: engine.reconciler,
        desired: async () => desiredEnvironment(engine.environment, wanted),
        logsAllowed: true,
        clock: systemClock,
      });
    const signal = new AbortController().signal;

    async function begin(objects: (namespace: string) => readonly Manifest[]): Promise<readonly Manifest[]> {
      namespace = await createNamespace(stage.cluster);
      engine = await stage.start();
      const manifests = objects(namespace);
      await engine.assign({ applications: { shop: { objects: manifests } } });
      await engine.reconciler.idle();
      engine.requests();
      return manifests;
    }

    async function diff(...objects: readonly Manifest[]): Promise<ClusterDiff> {
      return diffOf({ applications: { shop: { objects } } });
    }

    async function diffOf(wanted: Wanted): Promise<ClusterDiff> {
      const question = { kind: "dry-run", environment: engine.environment, root: "", applications: [] } as const;
      for await (const value of inspectorFor(wanted).answer(question, { signal })) return value as ClusterDiff;
      throw new Error("No answer");
    }

    async function show(manifest: Manifest, managedFields = false): Promise<Manifest> {
      const { kind } = manifest;
      const ref = { group: "", kind, namespace, name: manifest.metadata.name };
      const question = { kind: "show", environment: engine.environment, ref, managedFields } as const;
      for await (const value of inspectorFor({ applications: {} }).answer(question, { signal }))
        return value as Manifest;
      throw new Error("No answer");
    }

    const secret = (
      values: Readonly<Record<string, string>>,
      field: "data" | "stringData" = "stringData",
    ): Manifest => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "key", namespace },
      [field]: values,
    });
    const shown = ({ objects }: ClusterDiff) =>
      objects.map(({ action, kind, name, fields }) => ({ action, kind, name, fields }));

    test("what is as it was left costs no request, and is identical", async () => {
      const objects = await begin((space) => [configMap(space, "a", { x: "1" }), configMap(space, "b", { x: "1" })]);
      expect(await diff(...objects)).toEqual({ identical: 2, objects: [], hooks: [], errors: [] });
      expect(engine.requests()).toEqual({});
    });

    test("what is added, changed and pruned is told, and nothing is done [TestDiff]", async () => {
      const [a, b, gone] = await begin((space) => [
        configMap(space, "a", { x: "1" }),
        configMap(space, "b", { x: "1" }),
        configMap(space, "gone", { x: "1" }),
      ]);
      if (!a || !b || !gone) throw new Error("Nothing began");
      const added = configMap(namespace, "c", { x: "1" });
      const found = await diff(a, { ...b, data: { x: "2", y: "3" } }, added);
      expect(found.identical).toBe(1);
      expect(found.errors).toEqual([]);
      expect(shown(found)).toEqual([
        {
          action: "change",
          kind: "ConfigMap",
          name: "b",
          fields: [
            { path: "data.x", before: "1", after: "2" },
            { path: "data.y", after: "3" },
          ],
        },
        { action: "add", kind: "ConfigMap", name: "c", fields: [] },
        { action: "prune", kind: "ConfigMap", name: "gone", fields: [] },
      ]);
      expect(found.objects[1]?.object).toMatchObject({ metadata: { name: "c" }, data: { x: "1" } });
      expect((await show(b))["data"]).toEqual({ x: "1" });
      expect((await stage.cluster.raw("GET", path(added, "configmaps"))).status).toBe(404);
      expect((await show(gone))["data"]).toEqual({ x: "1" });
    });

    test("what is pruned one after the other is told at once", async () => {
      const inWave = (wave: string, manifest: Manifest): Manifest => ({
        ...manifest,
        metadata: { ...manifest.metadata, annotations: { "argocd.argoproj.io/sync-wave": wave } },
      });
      const [stays] = await begin((space) => [
        configMap(space, "stays", { x: "1" }),
        configMap(space, "a", { x: "1" }),
        inWave("1", configMap(space, "b", { x: "1" })),
        inWave("2", configMap(space, "c", { x: "1" })),
        ...["d", "e", "f"].map((name) => configMap(space, name, { x: "1" })),
      ]);
      if (!stays) throw new Error("Nothing began");
      const rest = ["d", "e", "f"].map((name) => configMap(namespace, name, { x: "1" }));
      expect(shown(await diff(stays, ...rest))).toEqual(
        ["a", "b", "c"].map((name) => ({ action: "prune", kind: "ConfigMap", name, fields: [] })),
      );
    });

    test("fields, labels and annotations that leave Git are told [TestDiff_Removals]", async () => {
      const [before] = await begin((space) => [
        {
          ...configMap(space, "a", { keep: "1", drop: "2" }, { keep: "1", drop: "2" }),
          metadata: { name: "a", namespace: space, labels: { drop: "2" }, annotations: { "example.com/note": "x" } },
        },
      ]);
      if (!before) throw new Error("Nothing began");
      const found = await diff({ ...before, metadata: { name: "a", namespace }, data: { keep: "1" } });
      expect(found.objects[0]?.fields).toEqual([
        { path: "data.drop", before: "2" },
        { path: "metadata.annotations", before: { "example.com/note": "x" } },
        { path: "metadata.labels.drop", before: "2" },
      ]);
    });

    test("what others add to metadata is no difference, what they change of ours is [TestHasDrifted_Metadata]", async () => {
      const [map] = await begin((space) => [configMap(space, "a", { x: "1" }, { ours: "1" })]);
      if (!map) throw new Error("Nothing began");
      await merge(path(map, "configmaps"), {
        metadata: { labels: { theirs: "1" }, annotations: { "example.com/a": "b" } },
      });
      expect(await diff(map)).toMatchObject({ identical: 1, objects: [], errors: [] });
      const { environment } = engine;
      // Reported only, so that the difference stays.
      const reporting = { policy: { driftMode: "report" as const } };
      await engine.assign({ generation: 2, applications: { shop: { objects: [map], ...reporting } } });
      await merge(path(map, "configmaps"), { metadata: { labels: { ours: "2" } } });
      await expect
        .poll(
          async () => (await diffOf({ applications: { shop: { objects: [map], ...reporting } } })).objects[0]?.fields,
        )
        .toEqual([{ path: "metadata.labels.ours", before: "2", after: "1" }]);
      expect(environment).toBe(engine.environment);
    });

    test("values of Secrets are masked so that a change is seen; a key of stringData replaces one of data [TestDiff masks secret, stringData key replaced]", async () => {
      await begin((space) => {
        namespace = space;
        return [secret({ same: "c2FtZQ==", changed: "b2xk", gone: "Z29uZQ==" }, "data")];
      });
      const found = await diff(secret({ same: "same", changed: "hunter2", come: "hunter3" }));
      expect(found.objects[0]?.fields).toEqual([
        { path: "data.changed", before: "*** (before)", after: "*** (after)" },
        { path: "data.come", after: "***" },
        { path: "data.gone", before: "***" },
      ]);
      expect(JSON.stringify(found)).not.toMatch(/hunter|aHVudGVy|b2xk|Z29uZQ/);
    });

    test("an added Secret, a live one and an error about one show no value [TestHideSecretData]", async () => {
      const [known] = await begin((space) => {
        namespace = space;
        return [secret({ password: "hunter2" })];
      });
      if (!known) throw new Error("Nothing began");
      await merge(path(known, "secrets"), {
        metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": '{"data":"hunter2"}' } },
      });
      const live = await show(known, true);
      expect(live).toMatchObject({
        data: { password: "***" },
        metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "***" } },
      });
      expect(live.metadata["managedFields"]).toBeDefined();
      const other = { ...known, metadata: { name: "other", namespace } };
      const broken = { ...known, metadata: { name: "broken", namespace }, stringData: { pin: 271828 } };
      const found = await diff(known, other, broken);
      expect(shown(found)).toEqual([{ action: "add", kind: "Secret", name: "other", fields: [] }]);
      expect(found.objects[0]?.object).toMatchObject({ stringData: { password: "***" } });
      expect(found.errors.map(({ object }) => object?.name)).toEqual(["broken"]);
      expect(JSON.stringify([live, found])).not.toMatch(/hunter2|aHVudGVyMg|271828/);
    });

    test("what the API server fills in is no difference [TestServerSideDiff, TestDiffHPA]", async () => {
      const deployment = (space: string, replicas?: number): Manifest => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web", namespace: space },
        spec: {
          ...(replicas === undefined ? {} : { replicas }),
          selector: { matchLabels: { app: "web" } },
          template: {
            metadata: { labels: { app: "web" } },
            spec: { containers: [{ name: "web", image: "web:1", ports: [{ containerPort: 80 }] }] },
          },
        },
      });
      const autoscaler = (space: string, maxReplicas = 5): Manifest => ({
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "web", namespace: space },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
          maxReplicas,
          metrics: [
            { type: "Resource", resource: { name: "memory", target: { type: "Utilization", averageUtilization: 80 } } },
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
          ],
        },
      });
      await begin((space) => [deployment(space), autoscaler(space)]);
      const scaled = deployment(namespace);
      await merge(path(scaled, "deployments", "apis/apps/v1"), { spec: { replicas: 4 } });
      // Another text, the same meaning: it is asked for and no difference.
      const same = { ...scaled, spec: { ...(scaled["spec"] as object), revisionHistoryLimit: 10 } };
      expect(shown(await diff(same, autoscaler(namespace)))).toEqual([]);
      expect(shown(await diff(scaled, autoscaler(namespace, 9)))).toEqual([
        {
          action: "change",
          kind: "HorizontalPodAutoscaler",
          name: "web",
          fields: [{ path: "spec.maxReplicas", before: 5, after: 9 }],
        },
      ]);
    });

    test("an object of a definition or a namespace that comes with it is added; another's error stands for itself", async () => {
      await begin(() => []);
      const group = `${uniqueName("g")}.example.com`;
      const space = uniqueName();
      const found = await diff(
        customResourceDefinition(group, "Widget", "widgets"),
        { apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "w", namespace }, spec: {} },
        { apiVersion: "v1", kind: "Namespace", metadata: { name: space } },
        configMap(space, "inside", { a: "1" }),
        { apiVersion: "example.org/v1", kind: "Gadget", metadata: { name: "g", namespace } },
        { ...configMap(namespace, "wrong", {}), notOfIt: 1 },
      );
      expect(
        shown(found)
          .map(({ action, kind }) => `${action} ${kind}`)
          .sort(),
      ).toEqual(["add ConfigMap", "add CustomResourceDefinition", "add Namespace", "add Widget"]);
      expect(found.errors.map(({ object }) => object?.kind ?? "").sort()).toEqual(["ConfigMap", "Gadget"]);
    });

    test("fields that others deployed and Git does not say go, and from whom is told", async () => {
      await begin(() => []);
      const web = deployment(namespace, "web");
      const spec = web["spec"] as Fields & { readonly template: Fields & { readonly spec: Fields } };
      const [container] = spec.template.spec["containers"] as readonly object[];
      const sidecar = { name: "sidecar", image: "registry.invalid/sidecar:1" };
      const template = { ...spec.template, spec: { ...spec.template.spec, containers: [container, sidecar] } };
      const theirs: Manifest = {
        ...web,
        metadata: {
          ...web.metadata,
          labels: { ...web.metadata.labels, old: "1" },
          annotations: { "example.com/a": "1" },
        },
        spec: { ...spec, replicas: 3, minReadySeconds: 5, template },
      };
      await createAs(stage.cluster, theirs, "helm");
      // A controller's, which stays.
      await edit(stage.cluster, web, { metadata: { annotations: { "example.com/b": "1" } } }, "some-controller");
      const { replicas: _replicas, ...rest } = spec;
      const ours: Manifest = { ...web, spec: { ...rest, paused: true } };
      const wanted = { applications: { shop: { objects: [ours] } } };

      const { objects, errors } = await diffOf(wanted);
      expect(errors).toEqual([]);
      expect(objects).toMatchObject([{ action: "change", name: "web", takenFrom: ["helm"] }]);
      const changes = new Map(objects[0]?.fields.map(({ path, before, after }) => [path, [before, after]]));
      expect(Object.fromEntries(changes)).toMatchObject({
        "metadata.annotations[example.com/a]": ["1", undefined],
        "metadata.labels.old": ["1", undefined],
        "spec.minReadySeconds": [5, undefined],
        "spec.paused": [undefined, true],
        "spec.template.spec.containers[name=sidecar]": [expect.objectContaining(sidecar), undefined],
      });
      expect([...changes.keys()]).not.toContain("spec.replicas");
      expect([...changes.keys()]).not.toContain("metadata.annotations[example.com/b]");

      await engine.assign({ ...wanted, generation: 2 });
      const live = await liveOf(stage.cluster, web);
      expect(live?.metadata.annotations).toEqual({ "example.com/b": "1" });
      expect(live?.metadata.labels).not.toHaveProperty("old");
      const after = live?.["spec"] as typeof spec;
      expect([after["replicas"], after["minReadySeconds"]]).toEqual([3, undefined]);
      expect(after.template.spec["containers"]).toHaveLength(1);
      expect(await diffOf(wanted)).toMatchObject({ identical: 1, objects: [], errors: [] });
    });

    test("what others have and Git says too changes nothing, nor what is merged", async () => {
      await begin(() => []);
      const [taken, merged] = [configMap(namespace, "taken", { x: "1" }), configMap(namespace, "merged", { x: "1" })];
      const annotations = { "drover.dev/apply": "merge" };
      const owned = { "drover.dev/environment": engine.environment, "drover.dev/application": "shop" };
      const labelled = (manifest: Manifest) => ({ ...manifest, metadata: { ...manifest.metadata, labels: owned } });
      await createAs(stage.cluster, labelled(taken), "kubectl-client-side-apply");
      const more = { ...labelled(merged), data: { x: "1", theirs: "1" } };
      await createAs(stage.cluster, { ...more, metadata: { ...more.metadata, annotations } }, "helm");
      const found = await diff(taken, { ...merged, metadata: { ...merged.metadata, annotations } });
      expect(found).toMatchObject({ identical: 2, objects: [], errors: [] });
    });

    test("hooks that would be run are told as hooks, in their order; none once they ran", async () => {
      await begin(() => []);
      const smoke = hookJob(namespace, "smoke", "PostSync", { policy: "HookSucceeded" });
      const migrate = hookJob(namespace, "migrate", "PreSync");
      const config = configMap(namespace, "a", { x: "1" });
      const first = { applications: { shop: { objects: [smoke, config, migrate] } } };
      const job = { group: "batch", kind: "Job", namespace, application: "shop", source: "" };
      const before = await diffOf(first);
      expect(shown(before)).toEqual([{ action: "add", kind: "ConfigMap", name: "a", fields: [] }]);
      expect(before.hooks).toEqual([
        { ...job, name: "migrate", action: "run", phase: "PreSync" },
        { ...job, name: "smoke", action: "run", phase: "PostSync", reason: "deleted once it succeeded" },
      ]);

      await engine.assign({ ...first, generation: 2 });
      for (const hook of [migrate, smoke]) {
        await expect.poll(async () => hasEnded(await liveOf(stage.cluster, hook))).toBe(false);
        await endJob(stage.cluster, hook, "Complete");
      }
      await expect.poll(() => engine.reported.phases()).toContain("healthy 2");
      await engine.reconciler.idle();
      expect(await diffOf(first)).toEqual({ identical: 1, objects: [], hooks: [], errors: [] });

      const next = { applications: { shop: { objects: [smoke, configMap(namespace, "a", { x: "2" })] } } };
      expect((await diffOf(next)).hooks).toEqual([
        { ...job, name: "migrate", action: "delete", reason: "of an earlier run" },
        { ...job, name: "smoke", action: "run", phase: "PostSync", reason: "deleted once it succeeded" },
      ]);
      expect((await diffOf({ applications: {} })).hooks).toEqual([
        { ...job, name: "migrate", action: "delete", reason: "of an earlier run" },
      ]);
      expect(await liveOf(stage.cluster, migrate)).toBeDefined();
    });

    test("only what the environment owns is shown, and without managed fields unless asked", async () => {
      const [map] = await begin((space) => [configMap(space, "a", { x: "1" })]);
      if (!map) throw new Error("Nothing began");
      expect((await show(map)).metadata["managedFields"]).toBeUndefined();
      await stage.cluster.raw(
        "POST",
        `/api/v1/namespaces/${namespace}/configmaps`,
        configMap(namespace, "foreign", {}),
      );
      await expect(show(configMap(namespace, "foreign", {}))).rejects.toMatchObject({
        code: "NOT_FOUND",
        message: expect.stringContaining("is no object of environment"),
      });
    });

    test("events of an application's objects are told in order, others' are not", async () => {
      const [map] = await begin((space) => [configMap(space, "a", { x: "1" })]);
      if (!map) throw new Error("Nothing began");
      const uid = String((await show(map)).metadata["uid"]);
      const post = (at: string, about: object, message: string) =>
        stage.cluster.raw("POST", `/api/v1/namespaces/${namespace}/events`, {
          apiVersion: "v1",
          kind: "Event",
          metadata: { name: uniqueName("event"), namespace },
          involvedObject: { apiVersion: "v1", kind: "ConfigMap", namespace, name: "a", ...about },
          ...{ type: "Warning", reason: "Told", message, count: 2, source: { component: "test" } },
          ...{ firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: at },
        });
      await post("2026-01-01T00:00:02Z", { uid }, "second");
      await post("2026-01-01T00:00:01Z", { uid }, "first");
      await post("2026-01-01T00:00:03Z", { uid: "11111111-1111-1111-1111-111111111111" }, "of another one");
      const question = { kind: "events", environment: engine.environment, application: "shop" } as const;
      const told: unknown[] = [];
      for await (const value of inspectorFor({ applications: {} }).answer(question, { signal })) told.push(value);
      const event = { application: "shop", kind: "ConfigMap", namespace, name: "a", type: "Warning", reason: "Told" };
      const rest = { count: 2, firstSeen: "2026-01-01T00:00:00Z", from: "test" };
      expect(told).toEqual([
        [
          { ...event, ...rest, message: "first", lastSeen: "2026-01-01T00:00:01Z" },
          { ...event, ...rest, message: "second", lastSeen: "2026-01-01T00:00:02Z" },
        ] satisfies readonly ObjectEvent[],
      ]);
    });
  });
}
