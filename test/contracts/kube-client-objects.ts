import { describe, expect, test } from "vitest";
import type { KindInfo, KubeClient } from "../../agent/ports.ts";
import type { AppError } from "../../common/errors.ts";
import type { KubeClientStage } from "./kube-client-stage.ts";
import { configMap, createNamespace, createWire, customResourceDefinition, uniqueName } from "./kube-cluster.ts";

const asDrover = { fieldManager: "drover", force: false } as const;
const configMaps: KindInfo = { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const clusterRoles: KindInfo = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  namespaced: false,
};

/** The AppError's part that callers branch on. */
async function failureOf(work: Promise<unknown>): Promise<AppError> {
  try {
    await work;
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: "AppError" });
    return thrown as AppError;
  }
  throw new Error("It did not fail");
}

function countsSince(client: KubeClient): () => Record<string, number> {
  const before = client.requests();
  return () => {
    const grown = Object.entries(client.requests()).map(
      ([verb, count]) => [verb, count - (before[verb] ?? 0)] as const,
    );
    return Object.fromEntries(grown.filter(([, count]) => count > 0));
  };
}

export function describeObjects(stage: () => KubeClientStage): void {
  describe("discovery", () => {
    test("version() is the server's", async () => {
      expect(await stage().client.version()).toMatch(/^v\d+\.\d+\.\d+/);
    });

    test("kindOf() tells plural and scope, and asks the server once", async () => {
      const { client } = stage();
      expect(await client.kindOf("v1", "ConfigMap")).toEqual(configMaps);
      const counts = countsSince(client);
      expect(await client.kindOf("rbac.authorization.k8s.io/v1", "ClusterRole")).toEqual(clusterRoles);
      expect(await client.kindOf("apps/v1", "Deployment")).toEqual({
        apiVersion: "apps/v1",
        kind: "Deployment",
        plural: "deployments",
        namespaced: true,
      });
      expect(counts()).toEqual({});
    });

    test.each([
      ["v1", "Nonsense"],
      ["nonsense.example.com/v1", "ConfigMap"],
      ["apps/v1beta7", "Deployment"],
    ])("kindOf() of %s %s is NOT_FOUND with details.kindUnknown", async (apiVersion, kind) => {
      const error = await failureOf(stage().client.kindOf(apiVersion, kind));
      expect(error).toMatchObject({ code: "NOT_FOUND", details: { kindUnknown: true } });
      expect(error.message).toContain(kind);
      expect(error.message).toContain(apiVersion);
    });

    test("kindOf() asks afresh once for many missing kinds at a time", async () => {
      const { client } = stage();
      await client.kindOf("v1", "ConfigMap");
      const counts = countsSince(client);
      await Promise.all(Array.from({ length: 20 }, (_, index) => failureOf(client.kindOf("v1", `Missing${index}`))));
      const { discovery } = counts();
      expect(discovery).toBeGreaterThan(0);
      expect(discovery).toBeLessThanOrEqual(2);
    });

    test("kindOf() finds the kind of a CRD that came after discovery, and forgetKinds() drops it", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const group = `${uniqueName("g")}.example.com`;
      await failureOf(client.kindOf(`${group}/v1`, "Widget"));
      const definitions = await client.kindOf("apiextensions.k8s.io/v1", "CustomResourceDefinition");
      await client.apply(definitions, customResourceDefinition(group, "Widget", "widgets"), asDrover);

      await expect
        .poll(() => client.kindOf(`${group}/v1`, "Widget").catch(() => undefined), { timeout: 20_000 })
        .toEqual({
          apiVersion: `${group}/v1`,
          kind: "Widget",
          plural: "widgets",
          namespaced: true,
        });
      const widgets = await client.kindOf(`${group}/v1`, "Widget");
      const widget = {
        apiVersion: `${group}/v1`,
        kind: "Widget",
        metadata: { name: "w", namespace },
        spec: { size: 3 },
      };
      await expect
        .poll(() => client.apply(widgets, widget, asDrover).catch(() => undefined), { timeout: 20_000 })
        .toMatchObject({
          spec: { size: 3 },
        });

      expect(await client.delete(definitions, "", `widgets.${group}`, {})).toBe("deleted");
      await expect
        .poll(
          () => {
            client.forgetKinds();
            return client.kindOf(`${group}/v1`, "Widget").then(
              () => "known",
              (error: AppError) => error.details["kindUnknown"],
            );
          },
          { timeout: 20_000 },
        )
        .toBe(true);
      await expect
        .poll(() => failureOf(client.apply(widgets, widget, asDrover)), { timeout: 20_000 })
        .toMatchObject({ code: "NOT_FOUND", details: { kindUnknown: true } });
    });
  });

  describe("apply()", () => {
    test("creates, changes, and leaves resourceVersion alone when nothing changes", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const counts = countsSince(client);
      const created = await client.apply(configMaps, configMap(namespace, "a", { colour: "red" }), asDrover);
      expect(created).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", data: { colour: "red" } });
      expect(created.metadata.uid).not.toBe("");

      const changed = await client.apply(configMaps, configMap(namespace, "a", { colour: "blue" }), asDrover);
      expect(changed.metadata.uid).toBe(created.metadata.uid);
      expect(changed.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion);

      const unchanged = await client.apply(configMaps, configMap(namespace, "a", { colour: "blue" }), asDrover);
      expect(unchanged).toEqual(changed);
      expect(counts()).toEqual({ patch: 3 });
      expect(await client.get(configMaps, namespace, "a")).toEqual(changed);
    });

    test("removes a field that was applied before and is applied no more", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      await client.apply(configMaps, configMap(namespace, "a", { stays: "1", goes: "1" }), asDrover);
      const live = await client.apply(configMaps, configMap(namespace, "a", { stays: "1" }), asDrover);
      expect(live["data"]).toEqual({ stays: "1" });
    });

    test("does not change its argument", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const manifest = configMap(namespace, "a", { colour: "red" });
      const before = structuredClone(manifest);
      await client.apply(configMaps, manifest, asDrover);
      expect(manifest).toEqual(before);
    });

    test("names the manager in managedFields", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const live = await client.apply(configMaps, configMap(namespace, "a", { colour: "red" }), asDrover);
      expect(live.metadata.managedFields).toMatchObject([
        { manager: "drover", operation: "Apply", apiVersion: "v1", fieldsV1: { "f:data": { "f:colour": {} } } },
      ]);
    });

    test("is ABORTED, naming manager and field, where another manager wrote; takes the field with force", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      await client.apply(configMaps, configMap(namespace, "a", { colour: "red", size: "1" }), asDrover);
      const edit = await cluster.raw(
        "PATCH",
        `/api/v1/namespaces/${namespace}/configmaps/a?fieldManager=kubectl-edit`,
        { data: { colour: "green" } },
        "application/merge-patch+json",
      );
      expect(edit.status).toBe(200);

      const error = await failureOf(
        client.apply(configMaps, configMap(namespace, "a", { colour: "red", size: "1" }), asDrover),
      );
      expect(error).toMatchObject({
        code: "ABORTED",
        details: {
          causes: [
            { reason: "FieldManagerConflict", field: ".data.colour", message: expect.stringContaining("kubectl-edit") },
          ],
        },
      });
      expect(error.message).toContain("kubectl-edit");

      const forced = await client.apply(configMaps, configMap(namespace, "a", { colour: "red", size: "1" }), {
        fieldManager: "drover",
        force: true,
      });
      expect(forced["data"]).toEqual({ colour: "red", size: "1" });
      expect(forced.metadata.managedFields?.map((entry) => entry.manager)).toEqual(["drover"]);
    });

    test("refuses a field that the schema does not know", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const error = await failureOf(
        client.apply(configMaps, { ...configMap(namespace, "a", {}), dataa: { colour: "red" } }, asDrover),
      );
      expect(error.code).toBe("INVALID_ARGUMENT");
      expect(error.message).toContain("dataa");
      expect(await client.get(configMaps, namespace, "a")).toBeUndefined();
    });

    test("is INVALID_ARGUMENT with details.causes for an invalid value", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const error = await failureOf(client.apply(configMaps, configMap(namespace, "Not_A_Name", {}), asDrover));
      expect(error).toMatchObject({
        code: "INVALID_ARGUMENT",
        details: { causes: [{ reason: "FieldValueInvalid", field: "metadata.name" }] },
      });
      expect(error.message).toContain("Not_A_Name");
    });

    test("is NOT_FOUND with details.namespaceMissing where there is no such namespace", async () => {
      const namespace = uniqueName("absent");
      const error = await failureOf(stage().client.apply(configMaps, configMap(namespace, "a", {}), asDrover));
      expect(error).toMatchObject({ code: "NOT_FOUND", details: { namespaceMissing: true } });
      expect(error.details["kindUnknown"]).toBeUndefined();
      expect(error.message).toContain(namespace);
    });

    test("is INVALID_ARGUMENT for a namespaced kind without a namespace", async () => {
      const manifest = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
      const error = await failureOf(stage().client.apply(configMaps, manifest, asDrover));
      expect(error.code).toBe("INVALID_ARGUMENT");
    });

    test("handles cluster-scoped objects whose names have ':' and upper case", async () => {
      const { client } = stage();
      const name = `Drover:${uniqueName()}:Reader`;
      const manifest = {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name },
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
      };
      const live = await client.apply(clusterRoles, manifest, asDrover);
      expect(live.metadata.name).toBe(name);
      expect(await client.get(clusterRoles, "", name)).toEqual(live);
      expect(await client.delete(clusterRoles, "", name, { uid: live.metadata.uid })).toBe("deleted");
      expect(await client.get(clusterRoles, "", name)).toBeUndefined();
    });

    test("writes nothing in a dry run", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const trial = await client.apply(configMaps, configMap(namespace, "new", { colour: "red" }), {
        ...asDrover,
        dryRun: true,
      });
      expect(trial["data"]).toEqual({ colour: "red" });
      expect(await client.get(configMaps, namespace, "new")).toBeUndefined();

      const stored = await client.apply(configMaps, configMap(namespace, "old", { colour: "red" }), asDrover);
      await client.apply(configMaps, configMap(namespace, "old", { colour: "blue" }), { ...asDrover, dryRun: true });
      expect(await client.get(configMaps, namespace, "old")).toEqual(stored);
    });

    test("keeps text of any script whole", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const data = { text: "Grüße, 世界, 🐑\u2028\nend", large: "🐑".repeat(50_000) };
      await client.apply(configMaps, configMap(namespace, "a", data), asDrover);
      expect((await client.get(configMaps, namespace, "a"))?.["data"]).toEqual(data);
    });
  });

  describe("delete()", () => {
    test("removes the object, and finds it gone the second time", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const live = await client.apply(configMaps, configMap(namespace, "a", {}), asDrover);
      expect(await client.delete(configMaps, namespace, "a", { uid: live.metadata.uid })).toBe("deleted");
      expect(await client.get(configMaps, namespace, "a")).toBeUndefined();
      expect(await client.delete(configMaps, namespace, "a", {})).toBe("gone");
    });

    test("leaves another incarnation alone", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const first = await client.apply(configMaps, configMap(namespace, "a", {}), asDrover);
      await client.delete(configMaps, namespace, "a", {});
      const second = await client.apply(configMaps, configMap(namespace, "a", {}), asDrover);
      expect(await client.delete(configMaps, namespace, "a", { uid: first.metadata.uid })).toBe("gone");
      expect(await client.get(configMaps, namespace, "a")).toEqual(second);
    });

    test("removes nothing in a dry run", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const live = await client.apply(configMaps, configMap(namespace, "a", {}), asDrover);
      expect(await client.delete(configMaps, namespace, "a", { dryRun: true })).toBe("deleted");
      expect(await client.get(configMaps, namespace, "a")).toEqual(live);
    });
  });

  describe("list()", () => {
    test("collects all pages", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const names = Array.from({ length: 1_010 }, (_, index) => `page-${String(index).padStart(4, "0")}`);
      await Promise.all(names.map((name) => client.apply(configMaps, configMap(namespace, name, {}), asDrover)));
      const counts = countsSince(client);
      const objects = await client.list(configMaps, { namespace, metadataOnly: true, labelSelector: "!absent" });
      const listed = objects.map((object) => object.metadata.name).filter((name) => name.startsWith("page-"));
      expect(listed.toSorted()).toEqual(names);
      expect(counts()).toEqual({ list: 3 });
    });

    test("selects by label and by field, across namespaces", async () => {
      const { client, cluster } = stage();
      const [one, two] = [await createNamespace(cluster), await createNamespace(cluster)];
      const label = uniqueName("run");
      await client.apply(configMaps, configMap(one, "a", { n: "1" }, { run: label }), asDrover);
      await client.apply(configMaps, configMap(two, "b", { n: "2" }, { run: label }), asDrover);
      await client.apply(configMaps, configMap(two, "c", { n: "3" }), asDrover);
      const namesOf = async (options: Parameters<KubeClient["list"]>[1]) =>
        (await client.list(configMaps, options)).map((object) => object.metadata.name).toSorted();
      expect(await namesOf({ metadataOnly: false, labelSelector: `run=${label}` })).toEqual(["a", "b"]);
      expect(await namesOf({ metadataOnly: false, labelSelector: `run=${label}`, namespace: two })).toEqual(["b"]);
      expect(await namesOf({ metadataOnly: true, namespace: two, fieldSelector: "metadata.name=c" })).toEqual(["c"]);
    });

    test("gives whole objects, or with metadataOnly no data; apiVersion and kind in both cases", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const labels = { run: uniqueName("run") };
      const live = await client.apply(configMaps, configMap(namespace, "a", { secret: "s3cr3t" }, labels), asDrover);
      const options = { namespace, labelSelector: `run=${labels.run}` };
      expect(await client.list(configMaps, { ...options, metadataOnly: false })).toEqual([live]);
      expect(await client.list(configMaps, { ...options, metadataOnly: true })).toEqual([
        { apiVersion: "v1", kind: "ConfigMap", metadata: live.metadata },
      ]);
    });
  });

  describe("requests", () => {
    test("an aborted one rejects with the signal's reason, and so does one that never starts", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const controller = new AbortController();
      const reason = new Error("enough");
      const running = client.apply(configMaps, configMap(namespace, "a", {}), {
        ...asDrover,
        signal: controller.signal,
      });
      controller.abort(reason);
      await expect(running).rejects.toBe(reason);
      await expect(client.get(configMaps, namespace, "a", { signal: controller.signal })).rejects.toBe(reason);
    });

    test("survive a cut of all connections", async () => {
      const { cluster, connect } = stage();
      const namespace = await createNamespace(cluster);
      const wire = await createWire(cluster.kubeconfig);
      const client = await connect(wire.kubeconfig);
      try {
        for (let round = 0; round < 5; round++) {
          const work = Array.from({ length: 20 }, (_, index) =>
            client.apply(configMaps, configMap(namespace, `cm-${index}`, { round: String(round) }), asDrover),
          );
          wire.cutConnections();
          const applied = await Promise.all(work);
          expect(applied.map((object) => object["data"])).toEqual(work.map(() => ({ round: String(round) })));
        }
      } finally {
        await client.close();
        await wire.stop();
      }
    });

    test("are UNAVAILABLE when the server stays away", async () => {
      const { cluster, connect } = stage();
      const wire = await createWire(cluster.kubeconfig);
      const client = await connect(wire.kubeconfig);
      wire.sever();
      try {
        expect(await failureOf(client.version())).toMatchObject({ code: "UNAVAILABLE" });
      } finally {
        await client.close();
        await wire.stop();
      }
    });
  });
}
