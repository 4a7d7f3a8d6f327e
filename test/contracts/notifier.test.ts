import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../common/async/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createNotifier } from "../../hub/notify/index.ts";
import { openHubState } from "../../hub/store/index.ts";
import { until } from "../programs/index.ts";

interface Received {
  readonly body: string;
  readonly signature: string;
  readonly delivery: string;
}

let server: Server;
let url: string;
let folder: string;
const received: Received[] = [];
const answers: number[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "drover-notifications-"));
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const { "x-drover-signature-256": signature, "x-drover-delivery": delivery } = request.headers;
      received.push({ body, signature: String(signature), delivery: String(delivery) });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

test("a notification is posted, signed, until somebody takes it, and then no more; also by the next process", async () => {
  const open = async () => {
    const state = await openHubState({ redis: "off", dataDir: folder, env: {}, log: silentLogger() });
    const { store, jobs } = state;
    const notifier = createNotifier({ store, jobs, url, secret: "s3cret", clock: systemClock, log: silentLogger() });
    await jobs.start();
    await notifier.resume();
    return { state, notifier };
  };
  const notification = {
    id: "7",
    severity: "error",
    message: 'Environment "prod": 1234 paused: 1 of 3 clusters failed',
    at: Date.now(),
  } as const;
  answers.push(500);
  const first = await open();
  await first.notifier.notify("prod", notification);
  const waiting = first.state.store.collection("notifications");
  await until("it to be delivered", async () => (await waiting.entries()).length === 0 || undefined);
  const { message, severity } = notification;
  const at = new Date(notification.at).toISOString();
  const body = JSON.stringify({ id: "prod/7", environment: "prod", severity, message, at });
  const signature = `sha256=${createHmac("sha256", "s3cret").update(body).digest("hex")}`;
  const delivery = { body, signature, delivery: "prod/7" };
  expect(received).toEqual([delivery, delivery]);

  await first.state.close();
  const second = await open();
  await second.notifier.notify("prod", { ...notification, id: "old", at: 0 });
  const left = second.state.store.collection("notifications");
  await until("the old one to be dropped", async () => (await left.entries()).length === 0 || undefined);
  expect(received).toHaveLength(2);
  await second.state.close();
});
