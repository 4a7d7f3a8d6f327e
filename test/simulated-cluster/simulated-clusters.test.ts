import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Json, listAt, textAt } from "./json.ts";
import { createSimulatedClusters } from "./simulated-clusters.ts";
import { testCluster } from "./test-cluster.ts";

const configMaps = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string, data: Record<string, string> = {}): Json => ({ metadata: { name }, data });
const message = (body: Json) => textAt(body, "message");

async function lines(response: Response, count: number): Promise<Json[]> {
  const found: Json[] = [];
  let text = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    const parts = text.split("\n");
    text = parts.pop() ?? "";
    found.push(...parts.map((part) => JSON.parse(part) as Json));
    if (found.length >= count) break;
  }
  return found;
}

test("each cluster has its own objects, uid and kubeconfig behind one address", async () => {
  const { clusters, cluster, send } = await testCluster();
  const other = await clusters.add("other");
  await send("POST", configMaps, configMap("a"));
  const headers = { authorization: `Bearer ${other.token}` };
  const list = await fetch(`${other.server}${configMaps}`, { headers });
  expect(((await list.json()) as { items: unknown[] }).items).toEqual([]);
  expect(other.uid).not.toBe(cluster.uid);
  expect(await readFile(cluster.kubeconfig, "utf8")).toContain(`${clusters.url}/clusters/test`);
});

test("a wrong token is refused, and so is a page in a browser", async () => {
  const { send, cluster } = await testCluster();
  const answer = await send("GET", configMaps, undefined, { authorization: "Bearer wrong" });
  expect({ status: answer.status, message: message(answer.body) }).toEqual({ status: 401, message: "Unauthorized" });
  const page = await fetch(cluster.server + configMaps, { headers: { origin: "https://example.com" } });
  const local = await fetch(cluster.server + configMaps);
  expect([page.status, local.status]).toEqual([401, 200]);
});

test("errors are worded like the real server's", async () => {
  const { send, apply } = await testCluster();
  await send("POST", configMaps, configMap("a"));
  const answers = [
    await send("GET", `${configMaps}/none`),
    await send("POST", configMaps, configMap("a")),
    await send("POST", "/api/v1/namespaces/none/configmaps", configMap("a")),
    await send("PUT", `${configMaps}/a`, { metadata: { name: "a", resourceVersion: "1" } }),
    await send("POST", `${configMaps}?fieldValidation=Strict`, { metadata: { name: "b" }, colour: 1 }),
    await apply(`${configMaps}/b`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" }, colour: 1 }),
    await send("GET", "/apis/none.example/v1/things"),
    await send("GET", "/apis/apps/v1/things"),
  ];
  expect(answers.map(({ status, body }) => `${status} ${message(body) ?? JSON.stringify(body)}`)).toEqual([
    '404 configmaps "none" not found',
    '409 configmaps "a" already exists',
    '404 namespaces "none" not found',
    '409 Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    '400 ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "colour"',
    "500 failed to create typed patch object (/b; /v1, Kind=ConfigMap): .colour: field not declared in schema",
    '404 "404 page not found\\n"',
    "404 the server could not find the requested resource",
  ]);
});

test("a list comes in pages, and a watch from its resourceVersion misses nothing", async () => {
  const { send, cluster } = await testCluster();
  for (const name of ["a", "b", "c"]) await send("POST", configMaps, configMap(name));
  const first = await send("GET", `${configMaps}?limit=2`);
  await send("DELETE", `${configMaps}/a`);
  const rest = await send("GET", `${configMaps}?limit=2&continue=${textAt(first.body, "metadata", "continue")}`);
  const names = (body: Json) => listAt(body, "items").map((item) => textAt(item, "metadata", "name"));
  expect([names(first.body), names(rest.body)]).toEqual([["a", "b"], ["c"]]);
  const from = textAt(rest.body, "metadata", "resourceVersion");
  const headers = { authorization: `Bearer ${cluster.token}` };
  const watch = await fetch(`${cluster.server}${configMaps}?watch=true&resourceVersion=${from}`, { headers });
  const [event] = await lines(watch, 1);
  expect([textAt(event, "type"), textAt(event, "object", "metadata", "name")]).toEqual(["DELETED", "a"]);
});

test("a watch shows a selector's members coming and going", async () => {
  const { send, patch, cluster } = await testCluster();
  const headers = {
    authorization: `Bearer ${cluster.token}`,
    accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
  };
  const watch = await fetch(`${cluster.server}${configMaps}?watch=true&labelSelector=team%3Da`, { headers });
  await send("POST", configMaps, { metadata: { name: "a", labels: { team: "a" } } });
  await patch(`${configMaps}/a`, "merge", { data: { k: "v" } });
  await patch(`${configMaps}/a`, "merge", { metadata: { labels: { team: "b" } } });
  const events = await lines(watch, 3);
  expect(events.map((event) => [textAt(event, "type"), textAt(event, "object", "kind")])).toEqual([
    ["ADDED", "PartialObjectMetadata"],
    ["MODIFIED", "PartialObjectMetadata"],
    ["DELETED", "PartialObjectMetadata"],
  ]);
});

test("a watch from an expired resourceVersion is told so", async () => {
  const { send, cluster, inside } = await testCluster();
  const { body } = await send("GET", configMaps);
  inside.store.compact();
  const headers = { authorization: `Bearer ${cluster.token}` };
  const from = textAt(body, "metadata", "resourceVersion");
  const watch = await fetch(`${cluster.server}${configMaps}?watch=true&resourceVersion=${from}`, { headers });
  const [event] = await lines(watch, 1);
  expect(event).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
});

test("a definition creates a kind with defaults, validation and its own discovery", async () => {
  const { send } = await testCluster();
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        required: ["size"],
        properties: { size: { type: "integer" }, colour: { type: "string", default: "red" } },
      },
    },
  };
  await send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  const widgets = "/apis/example.com/v1/namespaces/default/widgets";
  const good = await send("POST", widgets, {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "a" },
    spec: { size: 1, weight: 2 },
  });
  const bad = await send("POST", widgets, {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "b" },
    spec: { size: "big" },
  });
  expect(good.body).toMatchObject({ metadata: { generation: 1 }, spec: { size: 1, colour: "red" } });
  expect(good.body).not.toHaveProperty("spec.weight");
  expect([bad.status, message(bad.body)]).toEqual([
    422,
    'Widget.example.com "b" is invalid: spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
  ]);
  expect((await send("GET", "/apis/example.com/v1")).status).toBe(200);
  await send("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com");
  expect((await send("GET", widgets)).status).toBe(404);
});

test("a finalizer holds an object until it is removed", async () => {
  const { send, patch } = await testCluster();
  await send("POST", configMaps, { metadata: { name: "a", finalizers: ["example.com/keep"] } });
  const held = await send("DELETE", `${configMaps}/a`);
  expect(held.body).toMatchObject({ kind: "ConfigMap", metadata: { deletionTimestamp: expect.any(String) } });
  await patch(`${configMaps}/a`, "merge", { metadata: { finalizers: null } });
  expect((await send("GET", `${configMaps}/a`)).status).toBe(404);
});

test("a dry run answers as if it had written, and writes nothing", async () => {
  const { send, apply } = await testCluster();
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { k: "v" } };
  const dry = await apply(`${configMaps}/a`, body, "fieldManager=drover&dryRun=All");
  expect([dry.status, (await send("GET", `${configMaps}/a`)).status]).toEqual([201, 404]);
});

test("faults hit as many requests as they say", async () => {
  const { send, inside } = await testCluster();
  inside.faults.add({ method: "GET", plural: "configmaps", answer: { status: 429, retryAfterSeconds: 1 }, times: 1 });
  const [refused, served] = [await send("GET", configMaps), await send("GET", configMaps)];
  expect([refused.status, refused.headers.get("retry-after"), served.status]).toEqual([429, "1", 200]);
});

test("state, uid and kubeconfig survive a restart", async () => {
  const dir = await mkdtemp(join(tmpdir(), "drover-clusters-test-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const first = await createSimulatedClusters({ dir, controllers: false });
  const before = await first.add("dev");
  const headers = { authorization: `Bearer ${before.token}`, "content-type": "application/json" };
  for (const name of ["a", "b"]) {
    await fetch(before.server + configMaps, { method: "POST", headers, body: JSON.stringify(configMap(name)) });
  }
  await fetch(`${before.server}${configMaps}/b`, { method: "DELETE", headers });
  const revision = before.inside.store.revision();
  await first.close();

  const second = await createSimulatedClusters({ dir, controllers: false });
  onTestFinished(() => second.close());
  const after = await second.add("dev");
  expect([after.uid, after.token, after.inside.store.revision()]).toEqual([before.uid, before.token, revision]);
  expect(after.inside.store.list("/configmaps").map(({ metadata }) => metadata.name)).toEqual(["a"]);
});
