import { mkdtemp } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../common/async/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { openAuthority } from "../identity/index.ts";
import { createFront, type Front } from "./front.ts";

let front: Front;
let address: { host: string; port: number };
let ca: string;

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), "drover-front-"));
  const authority = await openAuthority({ dir, clock: systemClock, log: silentLogger(), names: [] });
  ca = authority.caPem;
  front = createFront({
    handler: (incoming, response) => response.end(`encrypted: ${"encrypted" in incoming.socket}`),
    tls: () => authority.serverTls(),
    plainFromAnywhere: false,
  });
  address = await front.listen("127.0.0.1", 0);
});

afterAll(() => front.close());

test("front serves HTTPS and, to this machine, HTTP on one port", async () => {
  const dispatcher = new Agent({ connect: { ca } });
  const secure = await request(`https://127.0.0.1:${address.port}/`, { dispatcher });
  const plain = await request(`http://127.0.0.1:${address.port}/`);
  expect([await secure.body.text(), await plain.body.text()]).toEqual(["encrypted: true", "encrypted: false"]);
  await dispatcher.close();
});

test("front survives clients that send nothing or rubbish", async () => {
  const silent = connect(address.port, "127.0.0.1");
  await new Promise<void>((resolve) => silent.once("connect", () => resolve()));
  silent.destroy();
  const rubbish = connect(address.port, "127.0.0.1");
  rubbish.write(Buffer.from([0x16, 0, 1, 2, 3, 4]));
  await new Promise<void>((resolve) => rubbish.once("close", () => resolve()).resume());
  const plain = await request(`http://127.0.0.1:${address.port}/`);
  expect(await plain.body.text()).toBe("encrypted: false");
});
