import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../programs/index.ts";
import { type ApiHub, startApiHub, token } from "./http-api-fixture.ts";

let hub: ApiHub;
let clients: Socket[];

beforeEach(async () => {
  hub = await startApiHub();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await hub.close();
});

interface Client {
  readonly socket: Socket;
  /** What it has read so far. */
  text(): string;
}

/** A client whose reading the test controls. */
async function follow(): Promise<Client> {
  const socket = connect(hub.port, "127.0.0.1");
  clients.push(socket);
  await once(socket, "connect");
  let text = "";
  socket.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  socket.on("error", () => undefined);
  const before = hub.listeners();
  socket.write(`GET /api/v1/events HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer ${token}\r\n\r\n`);
  await until("the stream to be open", async () => hub.listeners() > before || undefined);
  await until("the first event", async () => text.includes("event: resync") || undefined);
  return { socket, text: () => text };
}

const count = (text: string, part: string) => text.split(part).length - 1;

test("events begin with a resync and name what changed, once", async () => {
  const client = await follow();
  const change = { kind: "application", environment: "dev", cluster: "edge-1", application: "shop" } as const;
  for (let time = 0; time < 100; time++) hub.state.announce(change);
  hub.state.announce({ kind: "cluster", cluster: "edge-2" });
  await until("the last change", async () => client.text().includes("edge-2") || undefined);
  expect([
    /content-type: text\/event-stream/i.test(client.text()),
    count(client.text(), "event: resync\ndata: {}\n\n"),
    count(client.text(), `event: change\ndata: ${JSON.stringify(change)}\n\n`),
    count(client.text(), "event: change"),
  ]).toEqual([true, 1, 1, 2]);
});

test("events reach every client, and a client that goes away leaves nothing behind", async () => {
  const [first, second, third] = [await follow(), await follow(), await follow()];
  first.socket.destroy();
  second.socket.end();
  await until("two streams to be closed", async () => hub.listeners() === 1 || undefined);
  hub.state.announce({ kind: "cluster", cluster: "edge-1" });
  await until("the third to hear of it", async () => third.text().includes("edge-1") || undefined);
  third.socket.destroy();
  await until("no stream to be open", async () => hub.listeners() === 0 || undefined);
});

test("events a slow client cannot take become one resync, and it misses nothing that comes after", async () => {
  const slow = await follow();
  const quick = await follow();
  slow.socket.pause();
  // As much as fills every buffer between the two: what does not fit waits, bounded, and is then told at once.
  const long = "x".repeat(10_000);
  const bursts = 5;
  for (let burst = 0; burst < bursts; burst++) {
    for (let index = 0; index < 600; index++) {
      hub.state.announce({ kind: "application", cluster: `edge-${burst}-${index}`, application: long });
    }
    await until("the quick client to have it", async () => quick.text().includes(`edge-${burst}-599`) || undefined);
  }
  slow.socket.resume();
  await until(
    "the slow client to be told to read again",
    async () => count(slow.text(), "event: resync") === 2 || undefined,
  );
  hub.state.announce({ kind: "cluster", cluster: "the-last" });
  await until("the slow client to follow again", async () => slow.text().includes("the-last") || undefined);
  expect([
    count(quick.text(), "event: change") >= bursts * 600,
    count(slow.text(), "event: change") < bursts * 600,
  ]).toEqual([true, true]);
});

test("events end with the hub", async () => {
  const client = await follow();
  const closed = once(client.socket, "close");
  await hub.close();
  await closed;
  expect(hub.listeners()).toBe(0);
  hub = await startApiHub();
});
