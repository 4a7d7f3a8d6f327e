import { rootCertificates } from "node:tls";
import { describe, expect, test } from "vitest";
import type { KubeClient } from "../../agent/ports.ts";
import { type Clock, systemClock } from "../../common/async/index.ts";
import type { Manifest } from "../../common/domain/index.ts";
import { createNamespace, customResourceDefinition, uniqueName } from "./kube-cluster.ts";
import {
  configMap,
  deployment,
  edit,
  inventoryOf,
  liveOf,
  makeAvailable,
  namespaceOf,
  remove,
} from "./reconciler-objects.ts";
import type { ReconcilerStage } from "./reconciler-stage.ts";

function isOwnBookkeeping({ metadata }: Manifest): boolean {
  return metadata.namespace === "drover-system" || metadata.name === "drover-system";
}

/** Notes in which order objects are written. */
function noting(order: string[]): (kube: KubeClient) => KubeClient {
  return (kube) => ({
    ...kube,
    async apply(kind, object, options) {
      const live = await kube.apply(kind, object, options);
      if (!isOwnBookkeeping(object)) order.push(`${object.kind} ${object.metadata.name}`);
      return live;
    },
  });
}

export function describeApply(stage: () => ReconcilerStage): void {
  describe("applying", () => {
    test("creates namespace before content and labels everything", async () => {
      const { cluster } = stage();
      const order: string[] = [];
      const engine = await stage().start({ wrap: noting(order) });
      const name = uniqueName();
      const objects = [configMap(name, "b"), configMap(name, "a"), namespaceOf(name)];
      await engine.assign({ applications: { shop: { objects } } });

      expect(order[0]).toBe(`Namespace ${name}`);
      expect(order.slice(1).sort()).toEqual(["ConfigMap a", "ConfigMap b"]);
      expect((await liveOf(cluster, configMap(name, "a")))?.metadata.labels).toEqual({
        "drover.dev/environment": engine.environment,
        "drover.dev/application": "shop",
      });
      expect(engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      expect(engine.reported.application("shop")).toEqual({
        revision: "abc",
        generation: 1,
        sync: "Synced",
        health: "Healthy",
        message: "",
        objects: 3,
        drifted: 0,
        blockedPrune: null,
      });
      expect(engine.reported.environment()).toEqual({
        revision: "abc",
        generation: 1,
        appliedGeneration: 1,
        sync: "Synced",
        health: "Healthy",
        message: "",
      });
    });

    test("makes no request for an unchanged assignment, and says again that it is applied", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const applications = { shop: { objects: [configMap(namespace, "a"), deployment(namespace, "web")] } };
      await engine.assign({ applications });
      engine.requests();
      await engine.assign({ applications, generation: 2 });
      expect(engine.requests()).toEqual({});
      expect(engine.reported.phases()).toEqual(["applied 1", "applied 2"]);
      expect(engine.reported.application("shop")).toMatchObject({
        generation: 2,
        sync: "Synced",
        health: "Progressing",
      });
    });

    test("only reads after a restart with the same assignment", async () => {
      const first = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const applications = { shop: { objects: [configMap(namespace, "a"), configMap(namespace, "b")] } };
      await first.assign({ applications });
      await first.stop();

      const second = await stage().start({ environment: first.environment });
      await second.assign({ applications });
      const { patch = 0, get = 0, delete: deletes = 0, list = 0 } = second.requests();
      expect({ patch, get, deletes }).toEqual({ patch: 0, get: 0, deletes: 0 });
      expect(list).toBeGreaterThan(0);
      expect(second.reported.phases()).toEqual(["applied 1", "healthy 1"]);
    });

    test("writes only what changed", async () => {
      const order: string[] = [];
      const engine = await stage().start({ wrap: noting(order) });
      const namespace = await createNamespace(stage().cluster);
      const unchanged = configMap(namespace, "a");
      await engine.assign({ applications: { shop: { objects: [unchanged, configMap(namespace, "b")] } } });
      order.length = 0;
      const changed = configMap(namespace, "b", { key: "2" });
      await engine.assign({ generation: 2, applications: { shop: { objects: [unchanged, changed] } } });
      expect(order).toEqual(["ConfigMap b"]);
      expect((await liveOf(stage().cluster, changed))?.["data"]).toEqual({ key: "2" });
    });

    test("applies everything else when the API server rejects objects, and names each with its reason and place", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const good = configMap(namespace, "good");
      const unknownField: Manifest = { ...configMap(namespace, "field"), dataa: {} };
      const unknownKind: Manifest = {
        apiVersion: "nonsense.example.com/v1",
        kind: "Nonsense",
        metadata: { name: "n", namespace },
      };
      const homeless = configMap(uniqueName("absent"), "homeless");
      const objects = [unknownField, unknownKind, homeless, good];
      await engine.assign({ applications: { shop: { objects } }, source: "apps/shop/all.yaml:7" });

      expect(await liveOf(stage().cluster, good)).toBeDefined();
      expect(engine.reported.object(good)).toMatchObject({ sync: "Synced", health: "Healthy" });
      for (const [manifest, text] of [
        [unknownField, "dataa"],
        [unknownKind, "Nonsense"],
        [homeless, "not found"],
      ] as const) {
        const status = engine.reported.object(manifest);
        expect(status).toMatchObject({ sync: "OutOfSync", health: "Missing" });
        expect(status?.message).toContain(text);
        expect(status?.message).toContain("(apps/shop/all.yaml:7)");
      }
      expect(engine.reported.phases()).toEqual([]);
      const message = engine.reported.application("shop")?.message.split("\n") ?? [];
      expect(message).toHaveLength(3);
    });

    test("refuses a kind that lives outside of namespaces where the tenant may not write there", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const group = `${uniqueName("g")}.example.com`;
      const definition = customResourceDefinition(group, "Planet", "planets") as Manifest & { spec: object };
      const planets = { ...definition, spec: { ...definition.spec, scope: "Cluster" } };
      await cluster.raw("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", planets);
      // The hub cannot know that this kind has no namespaces.
      const planet = { apiVersion: `${group}/v1`, kind: "Planet", metadata: { name: "mars" } };
      const given = { ...planet, metadata: { ...planet.metadata, namespace } };
      const fine = configMap(namespace, "fine");
      const applications = (namespacedOnly: boolean) => ({
        shop: { objects: [given, fine], policy: { namespacedOnly } },
      });
      await engine.assign({ applications: applications(true) });
      expect(engine.reported.object(fine)).toMatchObject({ sync: "Synced" });
      await expect
        .poll(() => engine.reported.object(planet)?.message)
        .toContain("Planet lives outside of namespaces, where its tenant may not write");
      expect(engine.reported.object(planet)).toMatchObject({ sync: "OutOfSync", health: "Missing" });
      await engine.assign({ generation: 2, applications: applications(false) });
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 2", "healthy 2"]);
    });

    test("finds objects of a kind without namespaces that were given one, also when the kind comes with them", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const group = `${uniqueName("g")}.example.com`;
      const definition = customResourceDefinition(group, "Planet", "planets") as Manifest & { spec: object };
      const planets = { ...definition, spec: { ...definition.spec, scope: "Cluster" } };
      const mars = { apiVersion: `${group}/v1`, kind: "Planet", metadata: { name: "mars" }, spec: { moons: 2 } };
      const given = { ...mars, metadata: { ...mars.metadata, namespace } };
      const applications = { kinds: { objects: [planets] }, space: { objects: [given] } };
      await engine.assign({ applications });
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      expect(engine.reported.object(mars)).toMatchObject({ sync: "Synced", health: "Healthy" });

      const patch = { spec: { moons: 3 } };
      const path = `/apis/${group}/v1/planets/mars`;
      await cluster.raw("PATCH", `${path}?fieldManager=kubectl-edit`, patch, "application/merge-patch+json");
      await expect.poll(async () => (await cluster.raw("GET", path)).body).toMatchObject({ spec: { moons: 2 } });
      await engine.assign({ generation: 2, applications: { kinds: applications.kinds } });
      await expect.poll(async () => (await cluster.raw("GET", path)).status).toBe(404);
    });

    test("tries an object again after its trouble is over", async () => {
      const engine = await stage().start();
      const name = uniqueName();
      await engine.assign({ applications: { shop: { objects: [configMap(name, "a")] } } });
      expect(engine.reported.phases()).toEqual([]);
      await stage().cluster.raw("POST", "/api/v1/namespaces", namespaceOf(name));
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
    });

    test("applies a definition and objects of its kind in one assignment", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const group = `${uniqueName("g")}.example.com`;
      const widget = {
        apiVersion: `${group}/v1`,
        kind: "Widget",
        metadata: { name: "w", namespace },
        spec: { size: 3 },
      };
      const definition = customResourceDefinition(group, "Widget", "widgets");
      await engine.assign({ applications: { shop: { objects: [widget, definition, configMap(namespace, "a")] } } });
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      expect(await liveOf(stage().cluster, widget)).toMatchObject({ spec: { size: 3 } });
    });

    test("applies an object of an unknown kind when somebody brings its definition", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const group = `${uniqueName("g")}.example.com`;
      const widget = {
        apiVersion: `${group}/v1`,
        kind: "Widget",
        metadata: { name: "w", namespace },
        spec: { size: 3 },
      };
      await engine.assign({ applications: { shop: { objects: [widget] } } });
      expect(engine.reported.object(widget)?.message).toContain("Widget");
      const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
      await stage().cluster.raw("POST", definitions, customResourceDefinition(group, "Widget", "widgets"));
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
    });

    test("waits for the applications it depends on, and names cycles and strangers", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const database = deployment(namespace, "db");
      const applications = {
        web: { objects: [configMap(namespace, "web")], dependsOn: ["db"] },
        db: { objects: [database] },
        a: { objects: [configMap(namespace, "a")], dependsOn: ["b"] },
        b: { objects: [configMap(namespace, "b")], dependsOn: ["a"] },
        lost: { objects: [configMap(namespace, "lost")], dependsOn: ["nobody"] },
      };
      await engine.assign({ applications });
      expect(await liveOf(cluster, configMap(namespace, "web"))).toBeUndefined();
      expect(engine.reported.application("web")).toMatchObject({
        sync: "OutOfSync",
        message: 'Waits for "db" to be healthy',
      });
      expect(engine.reported.application("a")?.message).toBe("Depends on itself: a → b → a");
      expect(engine.reported.application("lost")?.message).toBe(
        'Depends on "nobody", which is not an application here',
      );

      await makeAvailable(cluster, database);
      await expect.poll(() => engine.reported.application("web")?.health).toBe("Healthy");
      expect(await liveOf(cluster, configMap(namespace, "web"))).toBeDefined();
      expect(engine.reported.phases()).toEqual([]);
    });

    test("refuses an object of another application and names both", async () => {
      const { cluster } = stage();
      const first = await stage().start();
      const second = await stage().start();
      const namespace = await createNamespace(cluster);
      const shared = configMap(namespace, "shared", { owner: "first" });
      await first.assign({ applications: { one: { objects: [shared] } } });
      const other = configMap(namespace, "shared", { owner: "second" });
      await second.assign({ applications: { two: { objects: [other] } } });

      const { message = "" } = second.reported.object(other) ?? {};
      expect(message).toBe(
        `Belongs to application "one" of environment "${first.environment}", not to "two" of "${second.environment}"`,
      );
      expect((await liveOf(cluster, shared))?.["data"]).toEqual({ owner: "first" });
      await first.stop();
      await remove(cluster, shared);
      await expect.poll(() => second.reported.phases()).toEqual(["applied 1", "healthy 1"]);
    });

    test("hands an object over to the application that has it now", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const moved = configMap(namespace, "moved");
      await engine.assign({ applications: { one: { objects: [moved] }, two: { objects: [] } } });
      const before = await liveOf(cluster, moved);
      await engine.assign({ generation: 2, applications: { one: { objects: [] }, two: { objects: [moved] } } });
      const after = await liveOf(cluster, moved);
      expect(after?.metadata["uid"]).toBe(before?.metadata["uid"]);
      expect(after?.metadata.labels?.["drover.dev/application"]).toBe("two");
      expect(Object.keys(await inventoryOf(cluster, engine.environment))).toEqual(["two"]);
    });

    test("drops an older generation for a newer one in the middle of it", async () => {
      const { cluster } = stage();
      let applied = 0;
      let assignNewer = () => {};
      const wrap = (kube: KubeClient): KubeClient => ({
        ...kube,
        async apply(kind, object, options) {
          const live = await kube.apply(kind, object, options);
          if (!isOwnBookkeeping(object) && ++applied === 3) assignNewer();
          return live;
        },
      });
      const engine = await stage().start({ wrap });
      const namespace = await createNamespace(cluster);
      const objects = (version: string) =>
        Array.from({ length: 300 }, (_, index) => configMap(namespace, `c${index}`, { version }));
      assignNewer = () => void engine.assign({ generation: 2, applications: { shop: { objects: objects("2") } } });
      await engine.assign({ generation: 1, applications: { shop: { objects: objects("1") } } });
      await engine.reconciler.idle();

      expect(applied).toBeLessThan(300 + 70);
      expect(engine.reported.phases()).toEqual(["applied 2", "healthy 2"]);
      const { body } = await cluster.raw(
        "GET",
        `/api/v1/namespaces/${namespace}/configmaps?labelSelector=drover.dev/application`,
      );
      const versions = (body as { items: { data: { version: string } }[] }).items.map(({ data }) => data.version);
      expect(versions).toEqual(Array.from({ length: 300 }, () => "2"));
    });

    test("rejects an older generation and an assignment without its content", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      await engine.assign({ generation: 5, applications: { shop: { objects: [configMap(namespace, "a")] } } });
      await engine.assign({ generation: 4, applications: {} });
      expect(engine.reported.acks.at(-1)).toMatchObject({
        phase: "rejected",
        generation: 4,
        reason: "Generation 4 is older than 5, which is in force",
      });
    });

    test("applies roles with what they bind, and leaves them alone afterwards", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const rbac = (kind: string, content: object): Manifest => ({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind,
        metadata: { name: "reader", namespace },
        ...content,
      });
      const objects: Manifest[] = [
        rbac("RoleBinding", {
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
          subjects: [{ kind: "ServiceAccount", name: "reader", namespace }],
        }),
        rbac("Role", { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] }),
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "reader", namespace } },
      ];
      await engine.assign({ applications: { shop: { objects } } });
      expect(engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      engine.requests();
      await engine.assign({ generation: 2, applications: { shop: { objects } } });
      expect(engine.requests()).toEqual({});
    });

    test("leaves the CA bundle of a definition's webhook to whoever fills it in", async () => {
      const engine = await stage().start();
      const group = `${uniqueName("g")}.example.com`;
      const plain = customResourceDefinition(group, "Widget", "widgets");
      const service = { name: "convert", namespace: "default", path: "/" };
      const definition = (path: string): Manifest => ({
        ...plain,
        spec: {
          ...(plain["spec"] as object),
          conversion: {
            strategy: "Webhook",
            webhook: {
              conversionReviewVersions: ["v1"],
              clientConfig: { caBundle: "Cg==", service: { ...service, path } },
            },
          },
        },
      });
      await engine.assign({ applications: { shop: { objects: [definition("/a")] } } });
      await expect.poll(() => engine.reported.phases()).toContain("applied 1");
      const caBundle = Buffer.from(rootCertificates[0] ?? "").toString("base64");
      const patch = { spec: { conversion: { webhook: { clientConfig: { caBundle } } } } };
      await edit(stage().cluster, plain, patch, "cert-manager-cainjector");
      await engine.reconciler.idle();
      await engine.assign({ generation: 2, applications: { shop: { objects: [definition("/b")] } } });
      expect(await liveOf(stage().cluster, plain)).toMatchObject({
        spec: { conversion: { webhook: { clientConfig: { caBundle, service: { path: "/b" } } } } },
      });
      expect(engine.reported.drift(plain)).toBeUndefined();
    });

    test("says Degraded, with object and reason, when it takes too long to become healthy", async () => {
      const patience = 77;
      let end = () => {};
      const isOver = new Promise<void>((resolve) => (end = resolve));
      const sleep: Clock["sleep"] = (ms, options) =>
        ms === patience * 1_000 ? isOver : systemClock.sleep(ms, options);
      const engine = await stage().start({ clock: { ...systemClock, sleep } });
      const namespace = await createNamespace(stage().cluster);
      const web = deployment(namespace, "web");
      await engine.assign({ applications: { shop: { objects: [web], policy: { timeoutSeconds: patience } } } });
      expect(engine.reported.application("shop")?.health).toBe("Progressing");
      end();
      await expect.poll(() => engine.reported.application("shop")?.health).toBe("Degraded");
      const { message = "" } = engine.reported.application("shop") ?? {};
      expect(message).toContain("Not healthy after 77 s");
      expect(message).toContain(`Deployment ${namespace}/web: `);
      await makeAvailable(stage().cluster, web);
      await expect.poll(() => engine.reported.application("shop")?.health).toBe("Healthy");
      expect(engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
    });
  });
}
