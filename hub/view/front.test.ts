import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../common/async/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { type Authority, openAuthority } from "../identity/index.ts";
import { createFront, type Front } from "./front.ts";

let dir: string;
let authority: Authority;
let front: Front;
let port: number;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "drover-front-"));
  authority = await openAuthority({ dir, clock: systemClock, log: silentLogger(), names: [] });
  front = createFront({
    handler: (incoming, response) => response.end(`encrypted: ${"encrypted" in incoming.socket}`),
    tls: () => authority.serverTls(),
    allowsPlain: () => true,
    patienceMs: 300,
  });
  ({ port } = await front.listen("127.0.0.1", 0));
});

afterAll(async () => {
  await front.close();
  await rm(dir, { recursive: true, force: true });
});

async function open(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

const plainAnswer = async () => (await request(`http://127.0.0.1:${port}/`)).body.text();

test("front serves HTTPS and plain HTTP on one port", async () => {
  const dispatcher = new Agent({ connect: { ca: authority.caPem } });
  const secure = await request(`https://127.0.0.1:${port}/`, { dispatcher });
  expect([await secure.body.text(), await plainAnswer()]).toEqual(["encrypted: true", "encrypted: false"]);
  await dispatcher.close();
});

test("front answers 426 to plain HTTP that is not allowed, and says what to do", async () => {
  const strict = createFront({
    handler: (_incoming, response) => response.end("served"),
    tls: () => authority.serverTls(),
    allowsPlain: () => false,
  });
  const address = await strict.listen("127.0.0.1", 0);
  const { statusCode, headers, body } = await request(`http://127.0.0.1:${address.port}/`);
  expect([statusCode, headers["upgrade"], await body.json()]).toEqual([
    426,
    "TLS/1.2",
    {
      error: {
        code: "FAILED_PRECONDITION",
        message:
          "Plain HTTP is served to this machine only: use https, or start the hub with --insecure-http behind a proxy that ends TLS",
      },
    },
  ]);
  await strict.close();
});

test("front drops clients that send nothing, rubbish, or a request without an end", async () => {
  const silent = await open();
  const rubbish = await open();
  rubbish.write(Buffer.from([0x16, 0, 1, 2, 3, 4]));
  const handshake = await open();
  handshake.write(Buffer.from([0x16, 3, 1, 2, 0]));
  const head = await open();
  head.write("GET / HTTP/1.1\r\nhost: x\r\nx-slow: ");
  for (const socket of [silent, rubbish, handshake, head]) socket.on("error", () => undefined).resume();
  await Promise.all([silent, rubbish, handshake, head].map((socket) => once(socket, "close")));
  expect(await plainAnswer()).toBe("encrypted: false");
});

test("front survives clients that go away at once", async () => {
  (await open()).destroy();
  expect(await plainAnswer()).toBe("encrypted: false");
});
