import { describe, expect, onTestFinished, test } from "vitest";
import type { KubeClient, WatchEvent, WatchOptions } from "../../agent/ports.ts";
import { asDrover, configMaps, type KubeClientStage } from "./kube-client-stage.ts";
import { configMap, createNamespace, createWire, uniqueName } from "./kube-cluster.ts";

/** Reads a watch in the background: what arrived, and the view of the world that follows from it. */
function observe(client: KubeClient, options: WatchOptions) {
  const controller = new AbortController();
  const events: WatchEvent[] = [];
  const view = new Map<string, string>();
  const key = (metadata: { namespace?: string; name: string }) => `${metadata.namespace}/${metadata.name}`;

  const ended = (async () => {
    for await (const event of client.watch(configMaps, { ...options, signal: controller.signal })) {
      events.push(event);
      switch (event.type) {
        case "listed":
          view.clear();
          for (const { metadata } of event.objects) view.set(key(metadata), metadata.resourceVersion);
          break;
        case "changed":
          view.set(key(event.object.metadata), event.object.metadata.resourceVersion);
          break;
        case "deleted":
          view.delete(key(event.object.metadata));
          break;
      }
    }
    return "ended";
  })();
  onTestFinished(() => controller.abort());
  return {
    events,
    ended,
    abort: () => controller.abort(),
    names: () => [...view.keys()].map((name) => name.slice(name.indexOf("/") + 1)).toSorted(),
    versionOf: (namespace: string, name: string) => view.get(`${namespace}/${name}`),
    lists: () => events.filter((event) => event.type === "listed").length,
  };
}

const patient = { timeout: 30_000, interval: 20 };

export function describeWatches(stage: () => KubeClientStage): void {
  describe("watch()", () => {
    test("starts with a list, then tells each change and deletion", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const labels = { run: uniqueName("run") };
      const first = await client.apply(configMaps, configMap(namespace, "a", { n: "1" }, labels), asDrover);
      const { events } = observe(client, { metadataOnly: false, labelSelector: `run=${labels.run}` });
      await expect.poll(() => events, patient).toEqual([{ type: "listed", objects: [first] }]);

      const second = await client.apply(configMaps, configMap(namespace, "b", { n: "1" }, labels), asDrover);
      await expect.poll(() => events.slice(1), patient).toEqual([{ type: "changed", object: second }]);
      const third = await client.apply(configMaps, configMap(namespace, "b", { n: "2" }, labels), asDrover);
      await expect.poll(() => events.slice(2), patient).toEqual([{ type: "changed", object: third }]);
      await client.delete(configMaps, namespace, "b", {});
      await expect
        .poll(() => events.slice(3), patient)
        .toMatchObject([{ type: "deleted", object: { metadata: { name: "b", uid: third.metadata.uid } } }]);
    });

    test("takes an object that leaves the selector for deleted, and one that enters for changed", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const labels = { run: uniqueName("run") };
      await client.apply(configMaps, configMap(namespace, "a", {}, labels), asDrover);
      const { events } = observe(client, { metadataOnly: true, labelSelector: `run=${labels.run}` });
      await expect.poll(() => events, patient).toMatchObject([{ type: "listed", objects: [{}] }]);

      await client.apply(configMaps, configMap(namespace, "a", {}), asDrover);
      await expect
        .poll(() => events.slice(1), patient)
        .toMatchObject([{ type: "deleted", object: { metadata: { name: "a" } } }]);
      await client.apply(configMaps, configMap(namespace, "a", {}, labels), asDrover);
      await expect
        .poll(() => events.slice(2), patient)
        .toMatchObject([{ type: "changed", object: { metadata: { name: "a" } } }]);
    });

    test("gives no data with metadataOnly, but the kind's own name and managedFields", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const labels = { run: uniqueName("run") };
      const a = await client.apply(configMaps, configMap(namespace, "a", { password: "x" }, labels), asDrover);
      const { events } = observe(client, { metadataOnly: true, labelSelector: `run=${labels.run}` });
      const expected = { apiVersion: "v1", kind: "ConfigMap" };
      await expect
        .poll(() => events, patient)
        .toEqual([{ type: "listed", objects: [{ ...expected, metadata: a.metadata }] }]);
      const b = await client.apply(configMaps, configMap(namespace, "b", { password: "y" }, labels), asDrover);
      await expect
        .poll(() => events.slice(1), patient)
        .toEqual([{ type: "changed", object: { ...expected, metadata: b.metadata } }]);
      expect(b.metadata.managedFields).toHaveLength(1);
    });

    test("selects by field", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const { names } = observe(client, {
        metadataOnly: true,
        fieldSelector: `metadata.namespace=${namespace},metadata.name=b`,
      });
      await client.apply(configMaps, configMap(namespace, "a", {}), asDrover);
      await client.apply(configMaps, configMap(namespace, "b", {}), asDrover);
      await expect.poll(names, patient).toEqual(["b"]);
    });

    test("ends at once when the signal aborts, also when it is quiet", async () => {
      const { client } = stage();
      const watch = observe(client, { metadataOnly: true, labelSelector: `run=${uniqueName("run")}` });
      await expect.poll(() => watch.events, patient).toEqual([{ type: "listed", objects: [] }]);
      watch.abort();
      expect(await watch.ended).toBe("ended");
    });

    test("resumes after a cut without listing again and misses nothing", async () => {
      const { cluster, connect } = stage();
      const namespace = await createNamespace(cluster);
      const labels = { run: uniqueName("run") };
      const wire = await createWire(cluster.kubeconfig);
      const client = await connect(wire.kubeconfig);
      onTestFinished(async () => {
        await client.close();
        await wire.stop();
      });
      const watch = observe(client, { metadataOnly: true, labelSelector: `run=${labels.run}` });
      await expect.poll(watch.lists, patient).toBe(1);

      for (let round = 0; round < 5; round++) {
        const direct = stage().client;
        if (round > 0) await direct.delete(configMaps, namespace, `cm-${round - 1}`, {});
        wire.cutConnections();
        const live = await direct.apply(configMaps, configMap(namespace, `cm-${round}`, {}, labels), asDrover);
        await expect.poll(() => watch.versionOf(namespace, `cm-${round}`), patient).toBe(live.metadata.resourceVersion);
        expect(watch.names()).toEqual([`cm-${round}`]);
      }
      expect(watch.lists()).toBe(1);
    });

    test("lists again when its resourceVersion has been compacted away", async () => {
      const { client: direct, cluster, connect } = stage();
      if (cluster.compact === undefined) throw new Error("The cluster's handle has no compact()");
      const namespace = await createNamespace(cluster);
      const labels = { run: uniqueName("run") };
      const wire = await createWire(cluster.kubeconfig);
      const client = await connect(wire.kubeconfig);
      onTestFinished(async () => {
        await client.close();
        await wire.stop();
      });
      await direct.apply(configMaps, configMap(namespace, "before", {}, labels), asDrover);
      const watch = observe(client, { metadataOnly: true, labelSelector: `run=${labels.run}` });
      await expect.poll(watch.names, patient).toEqual(["before"]);

      wire.sever();
      await direct.delete(configMaps, namespace, "before", {});
      await direct.apply(configMaps, configMap(namespace, "meanwhile", {}, labels), asDrover);
      await cluster.compact();
      wire.heal();
      await expect.poll(watch.names, patient).toEqual(["meanwhile"]);
      expect(watch.lists()).toBe(2);

      await direct.apply(configMaps, configMap(namespace, "after", {}, labels), asDrover);
      await expect.poll(watch.names, patient).toEqual(["after", "meanwhile"]);
      expect(watch.lists()).toBe(2);
    });

    test("keeps only the newest state per object for a slow reader", async () => {
      const { client, cluster } = stage();
      const namespace = await createNamespace(cluster);
      const labels = { run: uniqueName("run") };
      const controller = new AbortController();
      onTestFinished(() => controller.abort());
      const options = { metadataOnly: false, labelSelector: `run=${labels.run}`, signal: controller.signal };
      const reader = client.watch(configMaps, options)[Symbol.asyncIterator]();
      expect((await reader.next()).value).toEqual({ type: "listed", objects: [] });

      // A second watch tells when the server has sent everything.
      const other = observe(client, options);
      await expect.poll(other.lists, patient).toBe(1);
      let last: unknown;
      for (let n = 0; n < 30; n++) {
        last = await client.apply(configMaps, configMap(namespace, "busy", { n: String(n) }, labels), asDrover);
      }
      const end = await client.apply(configMaps, configMap(namespace, "end", {}, labels), asDrover);
      await expect.poll(() => other.names(), patient).toEqual(["busy", "end"]);

      const seen: WatchEvent[] = [];
      while (
        seen.at(-1)?.type !== "changed" ||
        (seen.at(-1) as { object: typeof end }).object.metadata.name !== "end"
      ) {
        const { value } = (await reader.next()) as { value: WatchEvent };
        seen.push(value);
      }
      expect(seen.at(-2)).toEqual({ type: "changed", object: last });
      expect(seen.length).toBeLessThan(30);
    });

    test("counts requests by verb", async () => {
      const { cluster, connect } = stage();
      const client = await connect(cluster.kubeconfig);
      onTestFinished(() => client.close());
      expect(client.requests()).toEqual({});
      const watch = observe(client, { metadataOnly: true, labelSelector: `run=${uniqueName("run")}` });
      await expect.poll(watch.lists, patient).toBe(1);
      await expect.poll(() => client.requests(), patient).toEqual({ list: 1, watch: 1 });
    });
  });
}
