import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError, toAppError } from "../../common/errors.ts";
import { lockDirectory } from "../../common/lock/index.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { createMemoryJobQueue, createRedisJobQueue } from "../jobs/index.ts";
import type { HubStore, JobQueue } from "../ports.ts";
import { parseRedisUrl, type RedisAddress } from "./redis-address.ts";
import { findRedisProgram, startRedisChild } from "./redis-child.ts";
import { openRedis } from "./redis-connection.ts";
import { createRedisStore } from "./redis-store.ts";

export interface HubStateOptions {
  /** A URL, "auto" (own Redis where there is one on PATH, else embedded) or "off" (embedded). */
  readonly redis: string;
  /** Of this hub alone; made when it does not exist. */
  readonly dataDir: string;
  /** REDIS_URL counts where `redis` is "auto"; PATH finds the programs. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

export interface HubState {
  readonly store: HubStore;
  readonly jobs: JobQueue;
  /** One sentence for the start banner: where the state is, and whether several hubs may share it. */
  readonly banner: string;
  /** Jobs first, then the store, then what carries them. */
  close(): Promise<void>;
}

/**
 * Opens the hub's durable state.
 * @throws FAILED_PRECONDITION when another hub uses the directory, INVALID_ARGUMENT for a bad URL, UNAVAILABLE when Redis is
 * not there: a hub that was told to use a Redis never falls back to an empty store of its own
 */
export async function openHubState(options: HubStateOptions): Promise<HubState> {
  const { dataDir } = options;
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw toAppError(thrown, `Cannot use directory "${dataDir}"`);
  }
  const lock = await lockDirectory(dataDir, "hub");
  try {
    const state = await openState(options);
    return {
      ...state,
      async close() {
        await state.close();
        await lock.release();
      },
    };
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
}

async function openState({ redis, dataDir, env, log }: HubStateOptions): Promise<HubState> {
  const url = redis === "auto" ? (env["REDIS_URL"] ?? "") : redis === "off" ? "" : redis;
  if (url !== "") return openOnRedis(parseRedisUrl(url), { shared: true, log, stop: async () => {} });
  if (redis === "off") return openEmbedded(dataDir, log);

  // A program that was installed or removed since must not make the hub forget what it knows.
  const [redisFolder, embeddedFolder] = [join(dataDir, "redis"), join(dataDir, "state")];
  const program = await findRedisProgram(env["PATH"] ?? "");
  const usedRedis = existsSync(join(redisFolder, "appendonlydir")) || existsSync(join(redisFolder, "appendonly.aof"));
  if (program === undefined && usedRedis) {
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot open the hub's state in "${redisFolder}": neither redis-server nor valkey-server is on PATH any more; install one, or say --redis off to start anew without this state`,
    );
  }
  if (program === undefined || (existsSync(embeddedFolder) && !usedRedis)) return openEmbedded(dataDir, log);

  const child = await startRedisChild(program, redisFolder, log);
  try {
    return await openOnRedis(child.address, { shared: false, log, stop: () => child.close() });
  } catch (thrown) {
    await child.close();
    throw thrown;
  }
}

async function openOnRedis(
  address: RedisAddress,
  options: { readonly shared: boolean; readonly log: Logger; readonly stop: () => Promise<void> },
): Promise<HubState> {
  const { shared, log } = options;
  const connection = await openRedis(address, log);
  const store = createRedisStore(connection, { shared });
  const jobs = createRedisJobQueue({ redis: address.options, alone: !shared, log });
  const banner = shared
    ? `State in ${store.description}: several hubs may share it`
    : `State in ${store.description}, started by this hub: one hub only, set REDIS_URL for more`;
  return {
    store,
    jobs,
    banner,
    async close() {
      await jobs.close();
      await store.close();
      await options.stop();
    },
  };
}

async function openEmbedded(dataDir: string, log: Logger): Promise<HubState> {
  // Native code, loaded only where it is needed.
  const { openEmbeddedStore } = await import("./embedded-store.ts");
  const store = await openEmbeddedStore(join(dataDir, "state"));
  const jobs = createMemoryJobQueue({ log });
  return {
    store,
    jobs,
    banner: `State in the ${store.description}: one hub only, set REDIS_URL for more`,
    async close() {
      await jobs.close();
      await store.close();
    },
  };
}
