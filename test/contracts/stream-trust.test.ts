import { randomBytes } from "node:crypto";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { AgentIdentity } from "../../agent/ports.ts";
import { AppError } from "../../common/errors.ts";
import { agentStreamService, encodeBlob } from "../../common/wire/index.ts";
import type { Authority } from "../../hub/identity/index.ts";
import { createFakeAgentStore } from "../fakes/fake-agent-store.ts";
import {
  configMap,
  eventually,
  identityFor,
  reasons,
  startAgent,
  startHub,
  type TestAgent,
  type TestHub,
  temporaryAuthority,
} from "./stream-fixture.ts";

let authority: Authority;
let foreign: Authority;
const toRemove: (() => Promise<void>)[] = [];
const toClose: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  for (const assign of [(a: Authority) => (authority = a), (a: Authority) => (foreign = a)]) {
    const made = await temporaryAuthority();
    assign(made.authority);
    toRemove.push(made.remove);
  }
});
afterAll(async () => {
  for (const remove of toRemove) await remove();
});
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function hubOf(options?: Parameters<typeof startHub>[1]): Promise<TestHub> {
  const hub = await startHub(authority, options);
  toClose.push(() => hub.close());
  return hub;
}

async function agentOf(
  hub: TestHub,
  identity: AgentIdentity,
  options?: Parameters<typeof startAgent>[2],
): Promise<TestAgent> {
  const agent = await startAgent(hub.server.address, identity, options);
  toClose.push(() => agent.stop());
  return agent;
}

/** A stream without an agent behind it. */
function rawStream(hub: TestHub, identity: AgentIdentity) {
  const secure = credentials.createSsl(
    Buffer.from(identity.ca),
    Buffer.from(identity.privateKey),
    Buffer.from(identity.certificate),
  );
  const client = new Client(hub.server.address, secure, {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.ssl_target_name_override": "localhost",
  });
  const { path, responseDeserialize } = agentStreamService.Connect;
  const stream = client.makeBidiStreamRequest(path, (bytes: Buffer) => bytes, responseDeserialize, new Metadata());
  const ended = new Promise<{ code: number; details: string }>((resolve) => {
    stream.on("status", ({ code, details }) => resolve({ code, details }));
  });
  stream.on("error", () => undefined);
  stream.on("data", () => undefined);
  toClose.push(() => {
    stream.cancel();
    client.close();
  });
  return { stream, ended };
}

/** Heartbeats that come soon, and silence that is noticed soon; on a busy machine, nobody is heard for seconds. */
const lively = { heartbeatSeconds: 1 };

const hello = (cluster: string, clusterUid = `uid-${cluster}`) =>
  agentStreamService.Connect.requestSerialize({ hello: { cluster, clusterUid, held: [], capabilities: [] } });

test("revoking cuts a live stream at once, and the agent logs the reason", async () => {
  const hub = await hubOf();
  const agent = await agentOf(hub, await identityFor(authority, "one"));
  await eventually(() => expect(agent.connection.connected()).toBe(true));
  hub.server.disconnect("one", 'The certificate of cluster "one" was revoked by admin');
  expect(hub.server.connected("one")).toBe(false);
  hub.desk.refusal = new AppError("PERMISSION_DENIED", "revoked");
  await eventually(() => expect(reasons(agent.lines)).toContain("was revoked by admin"));
  expect(agent.lines.at(-1)).toMatchObject({ level: "error", code: "PERMISSION_DENIED" });
  expect(agent.lines.at(-1)?.["retryInMs"]).toBeGreaterThan(30_000);
});

test("an agent that the desk refuses is told why", async () => {
  const hub = await hubOf();
  hub.desk.refusal = new AppError("PERMISSION_DENIED", 'Cluster "one" is another cluster now');
  const agent = await agentOf(hub, await identityFor(authority, "one"));
  await eventually(() => expect(reasons(agent.lines)).toContain('Cluster "one" is another cluster now'));
  await eventually(() => expect(reasons(hub.lines)).toContain('Cluster "one" is another cluster now'));
});

test("an agent with a certificate of another CA is refused, and both sides say so", async () => {
  const hub = await hubOf();
  const stranger = await identityFor(foreign, "one");
  // It trusts our hub all the same, as a stolen CA certificate would allow.
  const agent = await agentOf(hub, { ...stranger, ca: authority.caPem });
  await eventually(() =>
    expect(reasons(hub.lines)).toMatch(/drover:\/\/cluster\/one\/.* was not issued by this hub's CA.*127\.0\.0\.1:/),
  );
  await eventually(() =>
    expect(reasons(agent.lines)).toContain("if it refused this agent's certificate, its log says why"),
  );
  expect(hub.desk.admitted).toEqual([]);
});

test("an agent that joined another hub does not talk to this one, and both sides say so", async () => {
  const hub = await hubOf();
  const agent = await agentOf(hub, await identityFor(foreign, "one"));
  await eventually(() => expect(reasons(agent.lines)).toContain("another CA issued its certificate"));
  await eventually(() => expect(reasons(hub.lines)).toContain("it does not trust this hub's CA"));
});

test("an agent's certificate cannot play the hub", async () => {
  const impostor = await identityFor(authority, "one");
  const tls = {
    serverTls: () => ({ key: impostor.privateKey, cert: impostor.certificate + authority.caPem, ca: authority.caPem }),
    onServerTls: () => () => undefined,
  };
  const hub = await startHub({ ...authority, ...tls });
  toClose.push(() => hub.close());
  const agent = await agentOf(hub, await identityFor(authority, "two"));
  await eventually(() => expect(reasons(agent.lines)).toMatch(/Cannot (trust|reach) the hub/));
  expect(hub.desk.admitted).toEqual([]);
});

test("an expired certificate is refused, and the agent says what to do", async () => {
  const hub = await hubOf();
  const agent = await agentOf(hub, await identityFor(authority, "one", { lifetimeMs: -60_000 }));
  await eventually(() => expect(reasons(agent.lines)).toContain("run 'drover cluster join one'"));
  await eventually(() => expect(reasons(hub.lines)).toContain("the cluster must join again"));
});

test("a client without TLS, without certificate or without HTTP/2 is refused by name", async () => {
  const hub = await hubOf();
  const [host, port] = hub.server.address.split(":") as [string, string];
  const ca = authority.caPem;
  const { privateKey: key, certificate: cert } = await identityFor(authority, "one");
  const base = { host, port: Number(port), ca, servername: "localhost" };
  const plain = connectPlain(Number(port), host, () => plain.write("GET / HTTP/1.1\r\n\r\n"));
  const all: Socket[] = [
    plain,
    connectTls({ ...base, ALPNProtocols: ["h2"] }),
    connectTls({ ...base, key, cert, maxVersion: "TLSv1.2" }),
    connectTls({ ...base, key, cert }),
  ];
  await Promise.all(
    all.map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.on("error", () => undefined);
          socket.on("close", () => resolve());
          socket.resume();
        }),
    ),
  );
  const told = ["does not speak TLS", "presented no certificate", "older TLS", "does not speak HTTP/2"];
  for (const each of told) await eventually(() => expect(reasons(hub.lines)).toContain(each));
  expect(hub.lines.filter(({ remote }) => !String(remote).startsWith("127.0.0.1:"))).toEqual([]);
});

test("a Hello for another cluster or UID than the certificate's is refused", async () => {
  const hub = await hubOf();
  const identity = await identityFor(authority, "one");
  for (const message of [hello("two", "uid-one"), hello("one", "uid-two")]) {
    const { stream, ended } = rawStream(hub, identity);
    stream.write(message);
    expect(await ended).toMatchObject({ code: 7, details: expect.stringContaining("its certificate is for") });
  }
  expect(hub.desk.admitted).toEqual([]);
});

test("a stream must begin with Hello, in time, once", async () => {
  const hub = await hubOf({ limits: { helloTimeoutMs: 300 } });
  const identity = await identityFor(authority, "one");
  const mute = rawStream(hub, identity);
  expect(await mute.ended).toMatchObject({ code: 4, details: expect.stringContaining("Hello") });
  const early = rawStream(hub, identity);
  early.stream.write(agentStreamService.Connect.requestSerialize({ heartbeat: { at: 1 } }));
  expect(await early.ended).toMatchObject({ code: 3 });
  const twice = rawStream(hub, identity);
  twice.stream.write(hello("one"));
  twice.stream.write(hello("one"));
  expect(await twice.ended).toMatchObject({ code: 3 });
});

test("an agent that falls silent is dropped", async () => {
  const hub = await hubOf({ limits: lively });
  const { stream, ended } = rawStream(hub, await identityFor(authority, "one"));
  stream.write(hello("one"));
  expect(await ended).toMatchObject({ code: 4, details: expect.stringContaining("silent") });
  await eventually(() => expect(hub.desk.gone).toEqual(["one"]));
});

test("malformed, unknown and oversized messages end at most their own stream", async () => {
  const hub = await hubOf({ limits: { maxMessageBytes: 100_000 } });
  const agent = await agentOf(hub, await identityFor(authority, "witness"));
  await eventually(() => expect(agent.connection.connected()).toBe(true));

  const garbage = rawStream(hub, await identityFor(authority, "one"));
  garbage.stream.write(hello("one"));
  garbage.stream.write(Buffer.from("ffffffffff", "hex"));
  expect((await garbage.ended).code).not.toBe(0);
  const huge = rawStream(hub, await identityFor(authority, "one"));
  huge.stream.write(hello("one"));
  huge.stream.write(randomBytes(200_000));
  expect(await huge.ended).toMatchObject({ code: 8 });

  const newer = rawStream(hub, await identityFor(authority, "newer"));
  newer.stream.write(hello("newer"));
  // Field 99, length-delimited: a message this version does not know. An ack with an unknown phase.
  newer.stream.write(Buffer.from("9a0603616263", "hex"));
  newer.stream.write(agentStreamService.Connect.requestSerialize({ ack: { environment: "prod", phase: "dreaming" } }));
  newer.stream.write(
    agentStreamService.Connect.requestSerialize({
      report: { version: 1, entries: [{ version: 1, key: "future/x", value: Buffer.from("{") }] },
    }),
  );
  await eventually(() => expect(hub.desk.reports.map(({ cluster }) => cluster)).toContain("newer"));
  expect(hub.server.connected("newer")).toBe(true);
  expect(hub.server.connected("witness")).toBe(true);
});

test("a newer stream of the same cluster takes over", async () => {
  const hub = await hubOf();
  const identity = await identityFor(authority, "one");
  const older = rawStream(hub, identity);
  older.stream.write(hello("one"));
  await eventually(() => expect(hub.server.connected("one")).toBe(true));
  const newer = rawStream(hub, identity);
  newer.stream.write(hello("one"));
  expect(await older.ended).toMatchObject({ code: 10, details: expect.stringContaining("took over") });
  expect([hub.server.connected("one"), hub.desk.gone]).toEqual([true, []]);
});

test("rule 11: an assignment with a tampered signature, for another cluster or of an older generation is rejected with the reason", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const digest = desk.publish([{ name: "shop", objects: [configMap("a", "1")] }]);
  const good = desk.offer({ cluster: "one", digest, generation: 5 });
  const agent = await agentOf(hub, await identityFor(authority, "one"));
  await eventually(() => expect(agent.assignments).toHaveLength(1));

  const rejected = () => desk.acks.filter(({ phase }) => phase === "rejected").map(({ reason }) => reason);
  const tampered = Buffer.from(good.headerBytes);
  tampered.writeUInt8(tampered.readUInt8(tampered.length - 1) ^ 1, tampered.length - 1);
  desk.offers = () => [{ ...good, headerBytes: tampered }];
  hub.server.offer("one");
  await eventually(() => expect(rejected().join()).toContain("its signature is not this hub's"));

  const other = desk.offer({ cluster: "two", digest });
  desk.offers = () => [other];
  hub.server.offer("one");
  await eventually(() => expect(rejected().join()).toContain('it is for cluster "two"'));

  const old = desk.offer({ cluster: "one", digest, generation: 4 });
  desk.offers = () => [old];
  hub.server.offer("one");
  await eventually(() => expect(rejected().join()).toContain("generation 5 is held already"));
  expect(agent.assignments).toHaveLength(1);
  expect(reasons(agent.lines)).toContain("its signature is not this hub's");
});

test("a tampered content is refused with the reason, and a later assignment heals", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const digest = desk.publish([{ name: "shop", objects: [configMap("a", "1")] }]);
  const object = desk.contents.get(digest)?.at(-1) as string;
  desk.blobs.set(object, { ...encodeBlob(Buffer.from('{"kind":"Evil"}')), digest: object });
  desk.offer({ cluster: "one", digest });
  const agent = await agentOf(hub, await identityFor(authority, "one"));
  await eventually(() => expect(desk.acks).toHaveLength(1));
  expect(desk.acks[0]).toMatchObject({ phase: "rejected", reason: `Content does not match its digest ${object}` });
  expect(reasons(agent.lines)).toContain("does not match its digest");
  expect([agent.assignments, await agent.store.assignments(), agent.store.hasContent(object)]).toEqual([[], [], false]);

  desk.offer({ cluster: "one", digest: desk.publish([{ name: "shop", objects: [configMap("a", "2")] }]) });
  hub.server.offer("one");
  await eventually(() => expect(agent.assignments).toHaveLength(1));
});

test("a content that the hub lost is named, and fetched with the next assignment", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const digest = desk.publish([{ name: "shop", objects: [configMap("a", "1")] }]);
  const object = desk.contents.get(digest)?.at(-1) as string;
  desk.blobs.delete(object);
  desk.offer({ cluster: "one", digest });
  const agent = await agentOf(hub, await identityFor(authority, "one"));
  await eventually(() =>
    expect(desk.acks.map(({ reason }) => reason).join()).toContain(`Cannot fetch content ${object}`),
  );
  desk.publish([{ name: "shop", objects: [configMap("a", "1")] }]);
  desk.offer({ cluster: "one", digest });
  hub.server.offer("one");
  await eventually(() => expect(agent.assignments).toHaveLength(1));
});

test("a certificate is rotated over the live stream, saved, and used by the next one", async () => {
  const hub = await hubOf({ limits: lively });
  let due = true;
  const identity = await identityFor(authority, "one");
  const agent = await agentOf(hub, identity, { renewAt: () => (due ? 0 : Number.POSITIVE_INFINITY) });
  await eventually(() => expect(agent.keeper.current().certificate).not.toBe(identity.certificate));
  due = false;
  expect(await agent.store.identity()).toEqual(agent.keeper.current());
  expect(agent.keeper.current().privateKey).not.toBe(identity.privateKey);
  expect([hub.desk.admitted.length, hub.server.connected("one")]).toEqual([1, true]);

  hub.server.disconnect("one", "come again");
  await agent.stop();
  await agentOf(hub, agent.keeper.current());
  await eventually(() => expect(hub.desk.admitted).toHaveLength(2));
  expect(hub.desk.admitted[1]?.peer.serial).not.toBe(hub.desk.admitted[0]?.peer.serial);
});

test("after the hub lost its state, an agent prunes nothing until it is confirmed or nothing was lost", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  const full = desk.publish([{ name: "shop", objects: [configMap("a", "1"), configMap("b", "1")] }]);
  const less = desk.publish([{ name: "shop", objects: [configMap("a", "1")] }]);
  desk.offer({ cluster: "one", digest: full, generation: 7 });
  const store = createFakeAgentStore();
  const agent = await agentOf(hub, await identityFor(authority, "one"), { store });
  const trust = () => agent.assignments.map(({ absenceIsTrusted }) => absenceIsTrusted);
  await eventually(() => expect(trust()).toEqual([true]));

  desk.epoch = "epoch-2";
  desk.offer({ cluster: "one", digest: less, generation: 1 });
  hub.server.offer("one");
  await eventually(() => expect(trust()).toEqual([true, false]));
  // Saying the same again proves nothing.
  desk.offer({ cluster: "one", digest: less, generation: 2 });
  hub.server.offer("one");
  await eventually(() => expect(trust()).toEqual([true, false, false]));
  desk.offer({ cluster: "one", digest: less, generation: 2, epochConfirmed: true });
  hub.server.offer("one");
  await eventually(() => expect(trust()).toEqual([true, false, false, true]));

  desk.epoch = "epoch-3";
  desk.offer({ cluster: "one", digest: less, generation: 1 });
  hub.server.offer("one");
  await eventually(() => expect(trust()).toEqual([true, false, false, true, true]));
});

test("an empty hub with a new epoch releases nothing", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  desk.offer({ cluster: "one", digest: desk.publish([{ name: "shop", objects: [configMap("a", "1")] }]) });
  const store = createFakeAgentStore();
  const agent = await agentOf(hub, await identityFor(authority, "one"), { store });
  await eventually(() => expect(agent.assignments).toHaveLength(1));
  await agent.stop();
  desk.epoch = "epoch-2";
  desk.withdraw("one", "prod");
  const again = await agentOf(hub, await identityFor(authority, "one"), { store });
  await eventually(() => expect(reasons(again.lines)).toContain("A hub with a new epoch does not know these"));
  expect([again.released, (await store.assignments()).length, again.assignments.length]).toEqual([[], 1, 1]);
});

test("an agent alone hands over the assignments on its disk, unless they were changed", async () => {
  const hub = await hubOf();
  const { desk } = hub;
  desk.offer({ cluster: "one", digest: desk.publish([{ name: "shop", objects: [configMap("a", "1")] }]) });
  const store = createFakeAgentStore();
  const identity = await identityFor(authority, "one");
  const agent = await agentOf(hub, identity, { store });
  await eventually(() => expect(agent.assignments).toHaveLength(1));
  await agent.stop();

  const nowhere = { ...hub, server: { ...hub.server, address: "127.0.0.1:1" } };
  const alone = await agentOf(nowhere, identity, { store });
  await eventually(() => expect(alone.assignments).toEqual(agent.assignments));
  await eventually(() => expect(reasons(alone.lines)).toContain("Cannot reach the hub at 127.0.0.1:1"));

  const [stored] = await store.assignments();
  if (stored === undefined) throw new Error("nothing stored");
  await store.saveAssignment({ ...stored, signedHeader: { ...stored.signedHeader, signature: randomBytes(64) } });
  const wary = await agentOf(nowhere, identity, { store });
  await eventually(() => expect(reasons(wary.lines)).toContain("Ignoring a stored assignment"));
  expect(wary.assignments).toEqual([]);
});
