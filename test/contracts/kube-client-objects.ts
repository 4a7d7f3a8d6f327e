import { describe, expect, test } from "vitest";
import {
  asDrover,
  clusterRoles,
  configMaps,
  countsSince,
  failureOf,
  type KubeClientStage,
} from "./kube-client-stage.ts";
import { configMap, createNamespace, uniqueName } from "./kube-cluster.ts";

export function describeObjects(stage: () => KubeClientStage): void {
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

  describe("removeFields()", () => {
    test("removes what the steps lead to, in this very version only", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const labels = { "example.com/goes": "1", stays: "1" };
      const live = await client.apply(
        configMaps,
        configMap(namespace, "a", { goes: "1", stays: "1" }, labels),
        asDrover,
      );
      const fields = [
        ["data", "goes"],
        ["metadata", "labels", "example.com/goes"],
      ];
      const changed = await client.removeFields(configMaps, live, fields, asDrover);
      expect(changed).toMatchObject({ data: { stays: "1" }, metadata: { labels: { stays: "1" } } });
      expect(await client.get(configMaps, namespace, "a")).toEqual(changed);
      await expect(client.removeFields(configMaps, live, [["data", "stays"]], asDrover)).rejects.toMatchObject({
        code: "ABORTED",
      });
    });
  });

  describe("dryRunWith()", () => {
    test("tells what the object would be with other parts, and changes nothing", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const labels = { "example.com/goes": "1", stays: "1" };
      const live = await client.apply(configMaps, configMap(namespace, "a", { a: "1" }, labels), asDrover);
      const parts = [
        { path: ["data"], value: { b: "2" } },
        { path: ["metadata", "labels"], value: undefined },
        { path: ["metadata", "annotations"], value: { "example.com/a": "1" } },
      ];
      const found = await client.dryRunWith(configMaps, live, parts, asDrover);
      expect(found).toMatchObject({ data: { b: "2" }, metadata: { annotations: { "example.com/a": "1" } } });
      expect(found.metadata.labels).toBeUndefined();
      expect(await client.get(configMaps, namespace, "a")).toEqual(live);
      const wrong = [{ path: ["data"], value: { b: 2 } }];
      await expect(client.dryRunWith(configMaps, live, wrong, asDrover)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    });
  });

  describe("setManagers()", () => {
    test("gives fields to another manager, in this very version only", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const applied = configMap(namespace, "a", { goes: "1", stays: "1" });
      const live = await client.apply(configMaps, applied, { ...asDrover, fieldManager: "before" });
      const [entry] = live.metadata.managedFields ?? [];
      const managers = [{ ...entry, manager: asDrover.fieldManager }];
      const changed = await client.setManagers(configMaps, live, managers, asDrover);
      expect(changed.metadata.managedFields).toEqual(managers);
      await expect(client.setManagers(configMaps, live, managers, asDrover)).rejects.toMatchObject({ code: "ABORTED" });
      const next = await client.apply(configMaps, configMap(namespace, "a", { stays: "1" }), asDrover);
      expect(next["data"]).toEqual({ stays: "1" });
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
}
