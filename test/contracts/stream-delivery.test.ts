import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Authority } from "../../hub/identity/index.ts";
import { createFakeAgentStore } from "../fakes/fake-agent-store.ts";
import {
  configMap,
  eventually,
  identityFor,
  noise,
  reasons,
  startAgent,
  startHub,
  type TestAgent,
  type TestHub,
  temporaryAuthority,
} from "./stream-fixture.ts";
import { startCuttableProxy } from "./stream-proxy.ts";

let authority: Authority;
let remove: () => Promise<void>;
const toClose: (() => Promise<void>)[] = [];

beforeAll(async () => {
  ({ authority, remove } = await temporaryAuthority());
});
afterAll(() => remove());
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function hubOf(...options: Parameters<typeof startHub> extends [unknown, ...infer Rest] ? Rest : never) {
  const hub = await startHub(authority, ...options);
  toClose.push(() => hub.close());
  return hub;
}

async function agentOf(
  address: string,
  cluster: string,
  options?: Parameters<typeof startAgent>[2],
): Promise<TestAgent> {
  const agent = await startAgent(address, await identityFor(authority, cluster), options);
  toClose.push(() => agent.stop());
  return agent;
}

const phases = (hub: TestHub, cluster: string) =>
  hub.desk.acks.filter((ack) => ack.cluster === cluster).map(({ generation, phase }) => `${generation} ${phase}`);
const generations = (agent: TestAgent) => agent.assignments.map(({ assignment }) => assignment.header.generation);

test("an agent that connects gets its assignment with all contents and acknowledges it", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const digest = desk.publish([{ name: "shop", objects: [configMap("a", "1"), configMap("b", "2")] }]);
  desk.offer({ cluster: "one", digest });
  const agent = await agentOf(hub.server.address, "one");
  await eventually(() => expect(phases(hub, "one")).toEqual(["1 received"]));
  expect(generations(agent)).toEqual([1]);
  expect(agent.assignments[0]?.absenceIsTrusted).toBe(true);
  expect(Object.keys(agent.assignments[0]?.lastGood ?? {})).toEqual(["shop"]);
  expect((desk.contents.get(digest) ?? []).every((content) => agent.store.hasContent(content))).toBe(true);
  expect((await agent.store.assignments()).map(({ header }) => header.digest)).toEqual([digest]);
  expect(hub.server.connected("one")).toBe(true);
});

test("a new offer sends only what changed, and what is outdated leaves the agent's store", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const objects = Array.from({ length: 50 }, (_, index) => configMap(`same-${index}`, "x"));
  const first = desk.publish([{ name: "shop", objects: [...objects, configMap("changing", "1")] }]);
  desk.offer({ cluster: "one", digest: first });
  const agent = await agentOf(hub.server.address, "one");
  await eventually(() => expect(phases(hub, "one")).toEqual(["1 received"]));

  const second = desk.publish([{ name: "shop", objects: [...objects, configMap("changing", "2")] }]);
  desk.lookups.length = 0;
  desk.offer({ cluster: "one", digest: second });
  hub.server.offer("one");
  await eventually(() => expect(phases(hub, "one")).toEqual(["1 received", "2 received"]));
  // Root, body, one object.
  expect(desk.lookups).toHaveLength(3);
  await eventually(() => expect(agent.store.hasContent(first)).toBe(false));
});

test("an agent that holds what is offered is sent nothing", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const digest = desk.publish([{ name: "shop", objects: [configMap("a", "1")] }]);
  desk.offer({ cluster: "one", digest });
  const store = createFakeAgentStore();
  const agent = await agentOf(hub.server.address, "one", { store });
  await eventually(() => expect(phases(hub, "one")).toEqual(["1 received"]));
  await agent.stop();
  await eventually(() => expect(desk.gone).toEqual(["one"]));

  desk.acks.length = 0;
  desk.lookups.length = 0;
  const held = [{ environment: "prod", generation: 1, digest, appliedGeneration: 1 }];
  const again = await agentOf(hub.server.address, "one", { store, held: () => held });
  again.reports.set("environment/prod", { sync: "Synced" });
  await eventually(() => expect(desk.reports.at(-1)?.changes).toHaveLength(1));
  expect(desk.admitted[1]?.greeting).toMatchObject({ epoch: "epoch-1", held });
  expect([desk.acks, desk.lookups, generations(again)]).toEqual([[], [], [1]]);
});

test("contents of several chunks arrive whole", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const big = configMap("big", noise(1_500_000));
  const digest = desk.publish([{ name: "shop", objects: [configMap("small", "1"), big, configMap("last", "2")] }]);
  desk.offer({ cluster: "one", digest });
  const agent = await agentOf(hub.server.address, "one");
  await eventually(() => expect(phases(hub, "one")).toEqual(["1 received"]));
  expect((desk.contents.get(digest) ?? []).every((content) => agent.store.hasContent(content))).toBe(true);
});

test("a transfer that was cut goes on where it was", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const objects = Array.from({ length: 8 }, (_, index) => configMap(`big-${index}`, noise(700_000, index + 1)));
  const digest = desk.publish([{ name: "shop", objects }]);
  desk.offer({ cluster: "one", digest });
  const proxy = await startCuttableProxy(hub.server.address);
  toClose.push(() => proxy.close());
  proxy.cutAfterBytes(2_000_000);
  const agent = await agentOf(proxy.address, "one");
  await eventually(() => expect(phases(hub, "one")).toEqual(["1 received"]));
  expect(proxy.cuts()).toBe(1);
  const total = [...desk.blobs.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  // Nothing but what was in the pipes at the cut is sent twice.
  expect(proxy.bytesToAgent()).toBeLessThan(total + 1_500_000);
  expect(generations(agent)).toEqual([1]);
});

test("an agent that was away for two offers gets the newest only", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  desk.offer({ cluster: "one", digest: desk.publish([{ name: "shop", objects: [configMap("a", "1")] }]) });
  const store = createFakeAgentStore();
  const agent = await agentOf(hub.server.address, "one", { store });
  await eventually(() => expect(phases(hub, "one")).toEqual(["1 received"]));
  await agent.stop();
  desk.offer({ cluster: "one", digest: desk.publish([{ name: "shop", objects: [configMap("a", "2")] }]) });
  desk.offer({ cluster: "one", digest: desk.publish([{ name: "shop", objects: [configMap("a", "3")] }]) });
  const again = await agentOf(hub.server.address, "one", { store });
  await eventually(() => expect(phases(hub, "one")).toEqual(["1 received", "3 received"]));
  expect(generations(again)).toEqual([1, 3]);
});

test("two clusters with the same content are sent the same encoded messages", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const digest = desk.publish([{ name: "shop", objects: [configMap("a", "1"), configMap("big", noise(600_000))] }]);
  desk.offer({ cluster: "one", digest });
  desk.offer({ cluster: "two", digest });
  await agentOf(hub.server.address, "one");
  await eventually(() => expect(phases(hub, "one")).toEqual(["1 received"]));
  desk.lookups.length = 0;
  await agentOf(hub.server.address, "two");
  await eventually(() => expect(phases(hub, "two")).toEqual(["1 received"]));
  expect(desk.lookups).toEqual([]);
});

test("an agent that does not read delays no other", async () => {
  const hub = await hubOf({ limits: { totalWindowBytes: 1024 * 1024 } });
  const { desk } = hub;
  const objects = Array.from({ length: 10 }, (_, index) => configMap(`big-${index}`, noise(700_000, index + 1)));
  const digest = desk.publish([{ name: "shop", objects }]);
  desk.offer({ cluster: "slow", digest });
  desk.offer({ cluster: "fast", digest });
  const proxy = await startCuttableProxy(hub.server.address);
  toClose.push(() => proxy.close());
  proxy.stallAfterBytes(300_000);
  await agentOf(proxy.address, "slow");
  await eventually(() => expect(proxy.bytesToAgent()).toBeGreaterThan(300_000));
  await agentOf(hub.server.address, "fast");
  await eventually(() => expect(phases(hub, "fast")).toEqual(["1 received"]));
  expect(phases(hub, "slow")).toEqual([]);
});

test("reports are stored, acknowledged and completed", async () => {
  const hub = await hubOf();
  const agent = await agentOf(hub.server.address, "one");
  for (let index = 0; index < 100; index++)
    agent.reports.set(`object/prod/shop//ConfigMap/default/${index}`, "x".repeat(10_000));
  await eventually(() => expect(agent.reports.acknowledgedUpTo()).toBe(100));
  expect(hub.desk.reports.filter(({ complete }) => complete)).toHaveLength(1);
  agent.reports.set("application/prod/shop", { health: "Healthy" });
  agent.reports.set("application/prod/gone", undefined);
  await eventually(() => expect(agent.reports.acknowledgedUpTo()).toBe(102));
  expect(hub.desk.reports.flatMap(({ changes }) => changes).slice(-2)).toEqual([
    { key: "application/prod/shop", value: { health: "Healthy" } },
    { key: "application/prod/gone", value: undefined },
  ]);
});

test("a cluster that leaves an environment is told, and reconcile-now arrives", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const digest = desk.publish([{ name: "shop", objects: [configMap("a", "1")] }]);
  desk.offer({ cluster: "one", environment: "prod", digest });
  desk.offer({ cluster: "one", environment: "edge", digest });
  const agent = await agentOf(hub.server.address, "one");
  await eventually(() => expect(phases(hub, "one")).toHaveLength(2));
  hub.server.reconcileNow("one", "prod");
  desk.withdraw("one", "edge");
  hub.server.offer("one");
  await eventually(() => expect(agent.released).toEqual(["edge"]));
  expect(agent.reconciled).toEqual(["prod"]);
  expect((await agent.store.assignments()).map(({ header }) => header.environment)).toEqual(["prod"]);
  expect(agent.store.hasContent(digest)).toBe(true);
});

test("contents that were lost from the agent's disk are fetched again", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const digest = desk.publish([{ name: "shop", objects: [configMap("a", "1"), configMap("b", "1")] }]);
  desk.offer({ cluster: "one", digest });
  const agent = await agentOf(hub.server.address, "one");
  await eventually(() => expect(generations(agent)).toEqual([1]));
  const lost = desk.contents.get(digest)?.at(-1) as string;
  await agent.store.sweep(new Set(desk.contents.get(digest)?.slice(0, -1)));
  agent.connection.repair();
  await eventually(() => expect(agent.store.hasContent(lost)).toBe(true));
  await eventually(() => expect(generations(agent)).toEqual([1, 1]));
});

test("an agent whose hub stops hears so, comes back to the next one, and resumes its reports", async () => {
  const hub = await startHub(authority);
  const { desk } = hub;
  desk.offer({ cluster: "one", digest: desk.publish([{ name: "shop", objects: [configMap("a", "1")] }]) });
  const agent = await agentOf(hub.server.address, "one");
  agent.reports.set("environment/prod", 1);
  await eventually(() => expect([phases(hub, "one"), agent.reports.acknowledgedUpTo()]).toEqual([["1 received"], 1]));
  await hub.close();
  await eventually(() => expect(reasons(agent.lines)).toContain("The hub is stopping"));
  agent.reports.set("environment/prod", 2);
  await hubOf({ port: Number(hub.server.address.split(":")[1]), desk });
  await eventually(() => expect(agent.reports.acknowledgedUpTo()).toBe(2));
  expect(desk.reports.at(-1)).toMatchObject({ changes: [{ value: 2 }], complete: false });
  expect(generations(agent)).toEqual([1]);
});

test("an agent with several environments gets each, and keeps what the hub holds back", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const shop = { name: "shop", objects: [configMap("a", "1")] };
  const full = desk.publish([shop, { name: "db", objects: [configMap("b", "1")] }]);
  const edge = desk.publish([{ name: "edge", objects: [configMap("c", "1")] }]);
  desk.offer({ cluster: "one", environment: "prod", digest: full });
  desk.offer({ cluster: "one", environment: "edge", digest: edge });
  const agent = await agentOf(hub.server.address, "one");
  await eventually(() => expect(generations(agent)).toEqual([1, 1]));
  const before = agent.assignments.find(({ assignment }) => assignment.header.environment === "prod")?.lastGood;

  const held = desk.publish([shop], [{ name: "db", heldReason: "it does not render" }]);
  desk.offer({ cluster: "one", environment: "prod", digest: held });
  hub.server.offer("one");
  await eventually(() => expect(generations(agent)).toEqual([1, 1, 2]));
  expect(agent.assignments.at(-1)?.lastGood).toEqual(before);
  await eventually(() => expect(agent.store.hasContent(full)).toBe(false));
  const kept = Object.values(before ?? {});
  expect(kept.map((digest) => agent.store.hasContent(digest))).toEqual([true, true]);
  expect(agent.store.hasContent(edge)).toBe(true);
});
