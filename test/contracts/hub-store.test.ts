import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, test } from "vitest";
import { silentLogger } from "../../common/telemetry/index.ts";
import type { Collection } from "../../hub/ports.ts";
import { type HubState, openHubState } from "../../hub/store/index.ts";
import { until } from "../programs/index.ts";
import { startRedis } from "../redis/index.ts";
import { describeHubStore, type HubStoreUnderTest } from "./hub-store.ts";
import { describeJobQueue, type JobQueueUnderTest } from "./job-queue.ts";

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "drover-hub-state-"));
  folders.push(folder);
  return folder;
};
const opened: HubState[] = [];
afterAll(async () => {
  for (const state of opened) await state.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const PATH = process.env["PATH"];
async function open(
  redis: string,
  dataDir: string,
  env: Readonly<Record<string, string | undefined>> = { PATH },
): Promise<HubState> {
  const state = await openHubState({ redis, dataDir, env, log: silentLogger() });
  opened.push(state);
  return state;
}

/** A state that only one process may have open: a new process means that the old one is gone. */
async function storeOfOne(redis: string): Promise<HubStoreUnderTest> {
  const dataDir = newFolder();
  let current: HubState = await open(redis, dataDir);
  // Stays valid over a reopen, as the tests hold on to it.
  const store: HubStoreUnderTest["store"] = {
    get description() {
      return current.store.description;
    },
    get shared() {
      return current.store.shared;
    },
    collection: <T>(name: string): Collection<T> => {
      const now = () => current.store.collection<T>(name);
      return {
        get: (key) => now().get(key),
        set: (key, value) => now().set(key, value),
        delete: (key) => now().delete(key),
        entries: (prefix) => now().entries(prefix),
        write: (changes) => now().write(changes),
        writeIf: (guard, changes) => now().writeIf(guard, changes),
        update: (key, change) => now().update(key, change),
      };
    },
    close: () => current.store.close(),
  };
  return {
    store,
    async reopen() {
      await current.close();
      current = await open(redis, dataDir);
      return store;
    },
    close: () => current.close(),
  };
}

async function storeOnRedis(): Promise<HubStoreUnderTest> {
  const redis = await startRedis();
  const states = [await open(redis.url, newFolder())];
  const reopen = async () => {
    const state = await open(redis.url, newFolder());
    states.push(state);
    return state.store;
  };
  const close = async () => {
    for (const state of states) await state.close();
    await redis.stop();
  };
  return { store: states[0]!.store, reopen, close };
}

describeHubStore("Redis", storeOnRedis);
describeHubStore("own Redis", () => storeOfOne("auto"));
describeHubStore("embedded", () => storeOfOne("off"));

async function queueOf(redis: string, env?: Readonly<Record<string, string | undefined>>): Promise<JobQueueUnderTest> {
  const state = await open(redis, newFolder(), env);
  return { queue: state.jobs, close: () => state.close() };
}

describeJobQueue("Redis", async () => {
  const redis = await startRedis();
  const { queue, close } = await queueOf(redis.url);
  return { queue, close: () => close().then(() => redis.stop()) };
});
describeJobQueue("own Redis", () => queueOf("auto"));
describeJobQueue("in process", () => queueOf("off"));

/** Writes until it has acknowledged some hundred, then dies. Returns the last acknowledged number. */
async function writeAndDie(redis: string, dataDir: string): Promise<number> {
  const script = new URL("hub-state-child.ts", import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify({ redis, dataDir })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last = -1;
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    last = Number(line);
    if (last > 300 && !child.killed) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
  return last;
}

async function expectNumbers(state: HubState, last: number): Promise<void> {
  const numbers = new Map(await state.store.collection<number>("numbers").entries());
  expect(last).toBeGreaterThan(300);
  expect(Array.from({ length: last + 1 }, (_, number) => numbers.get(`${number}`) ?? `${number} is lost`)).toEqual(
    Array.from({ length: last + 1 }, (_, number) => number),
  );
}

async function expectCutOffRun({ jobs }: HubState): Promise<void> {
  const keys: string[] = [];
  jobs.handle("cut-off", async (key) => {
    keys.push(key);
  });
  await jobs.start();
  await until("the job that was cut off", () => keys.length > 0 || undefined);
  expect(keys).toEqual(["prod"]);
}

describe("openHubState() after SIGKILL of the hub", () => {
  test("Redis: loses nothing, also when Redis is killed too, runs again what was cut off", async () => {
    const redis = await startRedis();
    const last = await writeAndDie(redis.url, newFolder());
    await redis.restart();
    const state = await open(redis.url, newFolder());
    await expectNumbers(state, last);
    await expectCutOffRun(state);
    await state.close();
    await redis.stop();
  });

  test("own Redis: loses nothing, ends the one left over, runs again what was cut off", async () => {
    const dataDir = newFolder();
    const last = await writeAndDie("auto", dataDir);
    const leftover = pidOfOwnRedis(dataDir);
    expect(isAlive(leftover)).toBe(true);

    const state = await open("auto", dataDir);
    expect([isAlive(leftover), isAlive(pidOfOwnRedis(dataDir))]).toEqual([false, true]);
    await expectNumbers(state, last);
    await expectCutOffRun(state);
    const own = pidOfOwnRedis(dataDir);
    await state.close();
    expect(isAlive(own)).toBe(false);
  });

  test("embedded: loses nothing that was acknowledged", async () => {
    const dataDir = newFolder();
    const last = await writeAndDie("off", dataDir);
    const state = await open("off", dataDir);
    await expectNumbers(state, last);
    await state.close();
  });
});

describe("openHubState()", () => {
  test("says in its banner where the state is and whether hubs may share it", async () => {
    const redis = await startRedis();
    const [dataDir, embeddedDir] = [newFolder(), newFolder()];
    const shared = await open("auto", newFolder(), { PATH, REDIS_URL: redis.url });
    const own = await open("auto", dataDir);
    const embedded = await open("auto", embeddedDir, { PATH: "" });
    const banners = [shared, own, embedded].map(({ banner }) =>
      banner.replace(/(Redis|Valkey) [\d.]+/, "Redis VERSION"),
    );
    const sharing = [shared, own, embedded].map(({ store }) => store.shared);
    for (const state of [shared, own, embedded]) await state.close();
    await redis.stop();
    expect([banners, sharing]).toEqual([
      [
        `State in Redis VERSION at ${redis.url}: several hubs may share it`,
        `State in Redis VERSION at unix://${dataDir}/redis/redis.sock, started by this hub: one hub only, set REDIS_URL for more`,
        `State in the embedded store in ${embeddedDir}/state: one hub only, set REDIS_URL for more`,
      ],
      [true, false, false],
    ]);
  });

  test.each(["auto", "off"])("%s: a directory serves one hub at a time", async (redis) => {
    const dataDir = newFolder();
    const state = await open(redis, dataDir);
    await expect(open(redis, dataDir)).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      message: `Cannot use directory "${dataDir}": process ${process.pid} uses it; give each hub its own --data directory`,
    });
    await state.close();
    await (await open(redis, dataDir)).close();
  });

  test("keeps to the embedded store when Redis is installed later", async () => {
    const dataDir = newFolder();
    const before = await open("auto", dataDir, { PATH: "" });
    await before.store.collection<number>("hub").set("a", 1);
    await before.close();
    const after = await open("auto", dataDir);
    expect([after.store.description, await after.store.collection<number>("hub").get("a")]).toEqual([
      `embedded store in ${dataDir}/state`,
      1,
    ]);
    await after.close();
  });

  test("refuses to forget the state of its own Redis when that is no longer installed", async () => {
    const dataDir = newFolder();
    await (await open("auto", dataDir)).close();
    await expect(open("auto", dataDir, { PATH: "" })).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
  });

  test("starts its own Redis again when that dies", async () => {
    const dataDir = newFolder();
    const state = await open("auto", dataDir);
    const numbers = state.store.collection<number>("numbers");
    await numbers.set("a", 1);
    process.kill(pidOfOwnRedis(dataDir), "SIGKILL");
    await until("Redis to be back", async () => (await numbers.get("a").catch(() => undefined)) === 1 || undefined);
    await state.close();
  });

  test("works in a directory whose path is too long for a socket", async () => {
    const dataDir = join(newFolder(), "x".repeat(120));
    mkdirSync(dataDir);
    const state = await open("auto", dataDir);
    await state.store.collection<number>("numbers").set("a", 1);
    expect(await state.store.collection<number>("numbers").get("a")).toBe(1);
    await state.close();
  });

  test("never falls back when the Redis it was told to use is not there", async () => {
    const redis = await startRedis();
    const { url } = redis;
    await redis.stop();
    await expect(open(url, newFolder())).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining(`Cannot connect to Redis at ${url}: connect ECONNREFUSED`),
    });
  });

  test("warns of a Redis that may evict or lose the state", async () => {
    const redis = await startRedis();
    const socket = connect(Number(new URL(redis.url).port), "127.0.0.1");
    socket.write("CONFIG SET maxmemory-policy allkeys-lru\r\nCONFIG SET appendonly no\r\n");
    await once(socket, "data");
    const warnings: string[] = [];
    const log = silentLogger();
    log.warn = (_fields: unknown, message?: string) => void warnings.push(message ?? "");
    await until("the settings to count", async () => {
      warnings.length = 0;
      const state = await openHubState({ redis: redis.url, dataDir: newFolder(), env: { PATH }, log });
      await state.close();
      return warnings.length === 2 || undefined;
    });
    socket.destroy();
    await redis.stop();
    expect(warnings).toEqual([
      'Redis may evict Drover\'s state: its maxmemory-policy is "allkeys-lru", set it to "noeviction"',
      'Redis may lose what was written last when it stops: set "appendonly" to "yes"',
    ]);
  });

  test("a Redis that goes away and comes back: UNAVAILABLE in between, no restart needed", async () => {
    const redis = await startRedis();
    const state = await open(redis.url, newFolder());
    const keys: string[] = [];
    state.jobs.handle("resolve", async (key) => {
      keys.push(key);
    });
    await state.jobs.start();
    const numbers = state.store.collection<number>("numbers");
    await numbers.set("a", 1);
    process.kill(redis.pid, "SIGSTOP");
    const stopped = numbers.get("a");
    await expect(stopped).rejects.toMatchObject({ code: "UNAVAILABLE" });
    process.kill(redis.pid, "SIGCONT");
    await redis.restart();
    expect(await numbers.get("a")).toBe(1);
    await state.jobs.request("resolve", "prod");
    await until("a run", async () => keys.length > 0 || undefined);
    await state.close();
    await redis.stop();
  });
});

function pidOfOwnRedis(dataDir: string): number {
  return Number(readFileSync(join(dataDir, "redis", "redis.pid"), "utf8"));
}

/** One that has ended but that nobody waits for counts as ended. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  } catch {
    return false;
  }
}
