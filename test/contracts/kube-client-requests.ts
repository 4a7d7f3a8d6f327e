import { describe, expect, test } from "vitest";
import type { KubeClient } from "../../agent/ports.ts";
import type { AppError } from "../../common/errors.ts";
import {
  asDrover,
  clusterRoles,
  configMaps,
  countsSince,
  failureOf,
  type KubeClientStage,
} from "./kube-client-stage.ts";
import { configMap, createNamespace, createWire, customResourceDefinition, uniqueName } from "./kube-cluster.ts";

export function describeRequests(stage: () => KubeClientStage): void {
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
        .poll(() => client.kindOf(`${group}/v1`, "Widget").catch(() => undefined))
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
        .poll(() => client.apply(widgets, widget, asDrover).catch(() => undefined))
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
          { timeout: 30_000 },
        )
        .toBe(true);
      await expect
        .poll(() => failureOf(client.apply(widgets, widget, asDrover)))
        .toMatchObject({ code: "NOT_FOUND", details: { kindUnknown: true } });
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
