import { describe, expect, test } from "vitest";
import type { KubeClient } from "../../agent/ports.ts";
import { defaultApplyPolicy, type Manifest } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { createNamespace, uniqueName } from "./kube-cluster.ts";
import { configMap, deployment, edit, liveOf, remove } from "./reconciler-objects.ts";
import type { ReconcilerStage, Wanted } from "./reconciler-stage.ts";

type Fields = Readonly<Record<string, unknown>>;

const allowed = { "drover.dev/recreate": "allowed" };

function manifest(apiVersion: string, kind: string, namespace: string, content: Fields): Manifest {
  const scope = namespace === "" ? {} : { namespace };
  return { apiVersion, kind, metadata: { name: uniqueName("i"), ...scope, annotations: allowed }, ...content };
}

function frozenSecret(namespace: string, value: string): Manifest {
  const metadata = { name: "frozen", namespace, annotations: allowed };
  return { apiVersion: "v1", kind: "Secret", metadata, immutable: true, stringData: { value } };
}

function without(annotated: Manifest): Manifest {
  const { annotations: _annotations, ...metadata } = annotated.metadata;
  return { ...annotated, metadata };
}

function wanted(objects: readonly Manifest[], generation = 1, recreate = false): Wanted {
  const policy = { apply: { ...defaultApplyPolicy, recreate } };
  return { generation, applications: { shop: { objects, policy } } };
}

const changes: Readonly<Record<string, (namespace: string) => readonly [Manifest, Fields]>> = {
  "an immutable Secret": (namespace) => [
    manifest("v1", "Secret", namespace, { immutable: true, stringData: { a: "1" } }),
    { stringData: { a: "2" } },
  ],
  "an immutable ConfigMap": (namespace) => [
    manifest("v1", "ConfigMap", namespace, { immutable: true, data: { a: "1" } }),
    { data: { a: "2" } },
  ],
  "the role of a RoleBinding": (namespace) => {
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "one" };
    const subjects = [{ kind: "ServiceAccount", name: "default", namespace }];
    const binding = manifest("rbac.authorization.k8s.io/v1", "RoleBinding", namespace, { roleRef, subjects });
    return [binding, { roleRef: { ...roleRef, name: "two" } }];
  },
  "the parameters of a StorageClass": () => [
    manifest("storage.k8s.io/v1", "StorageClass", "", { provisioner: "example.com/disk", parameters: { type: "hdd" } }),
    { parameters: { type: "ssd" } },
  ],
  "the selector of a Deployment": (namespace) => {
    const web = deployment(namespace, uniqueName("web"));
    const spec = web["spec"] as { readonly template: Fields };
    const labels = { app: "other" };
    const metadata = { ...web.metadata, annotations: allowed };
    return [
      { ...web, metadata },
      { spec: { ...spec, selector: { matchLabels: labels }, template: { ...spec.template, metadata: { labels } } } },
    ];
  },
  "the service of a StatefulSet": (namespace) => {
    const { template } = deployment(namespace, "db")["spec"] as { readonly template: Fields };
    const spec = { serviceName: "one", replicas: 1, selector: { matchLabels: { app: "db" } }, template };
    return [manifest("apps/v1", "StatefulSet", namespace, { spec }), { spec: { ...spec, serviceName: "two" } }];
  },
};

export function describeImmutable(stage: () => ReconcilerStage): void {
  const live = (object: Manifest) => liveOf(stage().cluster, object);
  const uidOf = async (object: Manifest) => (await live(object))?.metadata["uid"];
  const valueOf = async (namespace: string) => {
    const data = (await live(frozenSecret(namespace, "")))?.["data"] as Readonly<Record<string, string>> | undefined;
    return data?.["value"] === undefined ? undefined : Buffer.from(data["value"], "base64").toString();
  };
  const fresh = async (wrap?: (kube: KubeClient) => KubeClient) => ({
    cluster: stage().cluster,
    engine: await stage().start(wrap === undefined ? {} : { wrap }),
    namespace: await createNamespace(stage().cluster),
  });

  describe("fields that cannot be changed", () => {
    test.each(Object.keys(changes))(
      "%s: created again where its annotation allows it, with the reason where not",
      async (what) => {
        const { engine, namespace } = await fresh();
        const [before, change] = changes[what]?.(namespace) ?? [];
        if (before === undefined) throw new Error(`No such change: ${what}`);
        const after = { ...before, ...change };
        await engine.assign(wanted([before]));
        expect(engine.reported.object(before)).toMatchObject({ sync: "Synced" });
        const uid = await uidOf(before);
        await engine.assign(wanted([without(after)], 2));
        expect(await uidOf(before)).toBe(uid);
        const { message = "" } = engine.reported.object(before) ?? {};
        expect(message).toContain(
          "; the annotation drover.dev/recreate=allowed, or recreate: true in application.yaml, allows to delete it and create it again",
        );
        expect(message.match(/Cannot apply/g)).toHaveLength(1);
        await engine.assign(wanted([after], 3));
        const now = await uidOf(before);
        expect(now).toBeDefined();
        expect(now).not.toBe(uid);
        expect(engine.reported.object(before)).toMatchObject({ sync: "Synced" });
        expect(engine.reported.drift(before)).toBeUndefined();
        expect(engine.reported.phases()).toContain("applied 3");
      },
    );

    test.each([
      ["application.yaml", true, {}],
      ["Flux's annotation", false, { "kustomize.toolkit.fluxcd.io/force": "enabled" }],
    ] as const)("created again where %s allows it", async (_where, recreate, annotations) => {
      const { engine, namespace } = await fresh();
      const secret = (value: string) => {
        const given = frozenSecret(namespace, value);
        return { ...given, metadata: { ...given.metadata, annotations } };
      };
      await engine.assign(wanted([secret("1")]));
      await engine.assign(wanted([secret("2")], 2, recreate));
      expect(await valueOf(namespace)).toBe("2");
    });

    test("waits for finalizers, says so, holds up nobody else, and creates it when they are done", async () => {
      const { cluster, engine, namespace } = await fresh();
      await engine.assign(wanted([frozenSecret(namespace, "1")]));
      await edit(cluster, frozenSecret(namespace, "1"), { metadata: { finalizers: ["example.com/hold"] } });
      const other = configMap(namespace, "other");
      await engine.assign(wanted([frozenSecret(namespace, "2"), other], 2));
      expect(engine.reported.object(frozenSecret(namespace, "2"))).toMatchObject({
        sync: "OutOfSync",
        message: `Secret ${namespace}/frozen is created again when its deletion is done, which its finalizers hold up: example.com/hold`,
      });
      expect(engine.reported.object(other)).toMatchObject({ sync: "Synced", health: "Healthy" });
      expect(await valueOf(namespace)).toBe("1");
      await edit(cluster, frozenSecret(namespace, "2"), { metadata: { finalizers: null } });
      await expect.poll(() => valueOf(namespace)).toBe("2");
      await expect.poll(() => engine.reported.phases()).toContain("healthy 2");
    });

    test("nothing is deleted because of any other mistake, nor because a new one would be refused", async () => {
      const { cluster, engine, namespace } = await fresh();
      const web = deployment(namespace, "web");
      const spec = web["spec"] as Fields;
      const metadata = { ...web.metadata, annotations: allowed };
      await engine.assign(wanted([{ ...web, metadata }], 1, true));
      const uid = await uidOf(web);
      await engine.assign(wanted([{ ...web, metadata, spec: { ...spec, replicas: -1 } }], 2, true));
      expect(await uidOf(web)).toBe(uid);
      expect(engine.reported.object(web)?.message).toContain("replicas");
      // The selector may not change, and its template does not match the new one.
      const other = { matchLabels: { app: "other" } };
      await engine.assign(wanted([{ ...web, metadata, spec: { ...spec, selector: other } }], 3, true));
      expect(await uidOf(web)).toBe(uid);
      expect((await liveOf(cluster, web))?.metadata["deletionTimestamp"]).toBeUndefined();
    });

    test("a claim is never deleted for that", async () => {
      const { engine, namespace } = await fresh();
      const claim = (storageClassName: string): Manifest => ({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data", namespace, annotations: allowed },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName },
      });
      await engine.assign(wanted([claim("one")], 1, true));
      const uid = await uidOf(claim(""));
      await engine.assign(wanted([claim("two")], 2, true));
      expect(await uidOf(claim(""))).toBe(uid);
      expect(engine.reported.object(claim(""))?.message).toContain(
        "; a PersistentVolumeClaim is never deleted for that",
      );
    });

    test("a crash right after the deletion ends with the object there, in report mode too", async () => {
      let isDown = false;
      const down = () => Promise.reject(new AppError("UNAVAILABLE", "The connection is gone"));
      const { engine, namespace } = await fresh((kube) => ({
        ...kube,
        async delete(...request) {
          const outcome = await kube.delete(...request);
          isDown = true;
          return outcome;
        },
        get: (...request) => (isDown ? down() : kube.get(...request)),
        apply: (...request) => (isDown ? down() : kube.apply(...request)),
      }));
      const policy = { driftMode: "report" as const };
      const applications = (value: string) => ({ shop: { objects: [frozenSecret(namespace, value)], policy } });
      await engine.assign({ applications: applications("1") });
      await engine.assign({ generation: 2, applications: applications("2") });
      expect(isDown).toBe(true);
      expect(await valueOf(namespace)).toBeUndefined();
      await engine.stop();
      const second = await stage().start({ environment: engine.environment });
      await second.assign({ generation: 2, applications: applications("2") });
      expect(await valueOf(namespace)).toBe("2");
      expect(second.reported.phases()).toEqual(["applied 2", "healthy 2"]);
    });

    test("an object that somebody made anew with other values is put right the same way", async () => {
      const { cluster, engine, namespace } = await fresh();
      const secret = frozenSecret(namespace, "1");
      await engine.assign(wanted([secret]));
      await remove(cluster, secret);
      await cluster.raw("POST", `/api/v1/namespaces/${namespace}/secrets`, frozenSecret(namespace, "2"));
      await expect.poll(() => valueOf(namespace)).toBe("1");
      await engine.reconciler.idle();
      expect(engine.reported.object(secret)).toMatchObject({ sync: "Synced" });
    });
  });
}
