import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLogger } from "../../common/telemetry/index.ts";
import { type HubState, openHubState } from "../../hub/store/index.ts";
import { until } from "../programs/index.ts";
import { type RedisServer, startRedis } from "../redis/index.ts";

interface Hub {
  readonly process: ChildProcess;
  readonly said: readonly string[];
  /** Waits for a line. */
  says(line: string): Promise<unknown>;
  /** The branch came to this revision. */
  push(revision: string): void;
}

let redis: RedisServer;
let folder: string;
let state: HubState;
const hubs: Hub[] = [];

beforeAll(async () => {
  redis = await startRedis();
  folder = await mkdtemp(join(tmpdir(), "drover-owners-"));
  state = await openHubState({ redis: redis.url, dataDir: join(folder, "own"), env: {}, log: silentLogger() });
});
afterAll(async () => {
  for (const { process } of hubs) {
    process.kill("SIGKILL");
    if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
  }
  await state?.close();
  await redis?.stop();
  await rm(folder, { recursive: true, force: true });
});

function startHub(name: string): Hub {
  const script = new URL("rollout-driver-child.ts", import.meta.url).pathname;
  const given = JSON.stringify({ redis: redis.url, dataDir: join(folder, name) });
  const process = spawn(globalThis.process.execPath, ["--import", "tsx", script, given], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const said: string[] = [];
  createInterface({ input: process.stdout }).on("line", (line) => said.push(line));
  const hub: Hub = {
    process,
    said,
    says: (line) =>
      until(`hub ${name} to say "${line}"`, () => said.includes(line) || undefined, { timeoutMs: 60_000 }),
    push: (revision) => void process.stdin.write(`${revision}\n`),
  };
  hubs.push(hub);
  return hub;
}

const offers = async () => Object.fromEntries(await state.store.collection<string>("offers").entries());
const seen = async () =>
  ((await state.store.collection("rollout:prod").get("head")) as { readonly seen: string } | undefined)?.seen;

test("of two hubs on one Redis one drives; it is replaced when it stands still or dies, and then writes nothing more", async () => {
  const first = startHub("first");
  await first.says("drives");
  const second = startHub("second");
  await second.says("watches");
  for (const hub of [first, second]) hub.push("r1");
  await second.says("followed r1");
  await first.says("two r1");
  expect(second.said).toEqual(["watches", "followed r1"]);

  first.process.kill("SIGSTOP");
  second.push("r2");
  await second.says("took over");
  await second.says("two r2");
  // It wakes, believes that it still drives, and finds out before it has done anything.
  first.push("stale");
  first.process.kill("SIGCONT");
  await until("the first to have tried", () => first.said.some((line) => line.includes("follow")) || undefined);
  await until("the first to have tried again", () => first.said.some((line) => line.includes("stale")) || undefined);
  expect([await seen(), await offers()]).toEqual(["r2", { one: "r2", two: "r2" }]);
  expect(first.said.filter((line) => /^(one|two) stale/.test(line))).toEqual([]);

  second.process.kill("SIGKILL");
  first.push("r3");
  await first.says("took over");
  await until("all to be told", async () => {
    const told = await offers();
    return (told["one"] === "r3" && told["two"] === "r3") || undefined;
  });
  expect(await seen()).toBe("r3");
  const owner = await state.store.collection("rollout-owners").get("prod/owner");
  expect(owner).toMatchObject({ epoch: 3 });
}, 120_000);
