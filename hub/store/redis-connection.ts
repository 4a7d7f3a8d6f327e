import { Redis } from "ioredis";
import { AppError, type ErrorCode } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { RedisAddress } from "./redis-address.ts";

/** Refuses a command after about four seconds without a server. */
const maxRetriesPerRequest = 6;
const commandTimeoutMs = 10_000;

/** A connection that comes back by itself. */
export interface RedisConnection {
  readonly client: Redis;
  /** "Redis 7.0.15 at redis://127.0.0.1:6379". */
  readonly description: string;
  /** Runs commands; what they throw comes out as AppError. */
  readonly run: <T>(doing: string, work: () => Promise<T>) => Promise<T>;
  close(): Promise<void>;
}

/** @throws UNAVAILABLE, UNAUTHENTICATED or PERMISSION_DENIED when the server does not let us in */
export async function openRedis(address: RedisAddress, log: Logger): Promise<RedisConnection> {
  const client = new Redis({
    ...address.options,
    connectionName: "drover-hub",
    maxRetriesPerRequest,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 5_000,
    keepAlive: 30_000,
    retryStrategy: (times) => Math.min(1_000, 50 * 2 ** (times - 1)),
    // After a failover the old primary answers READONLY: connect anew, send again.
    reconnectOnError: (error) => (error.message.startsWith("READONLY") ? 2 : false),
  });
  let lastError: Error | undefined;
  let down = false;
  client.on("error", (error: Error) => {
    lastError = error;
  });
  client.on("close", () => {
    if (!down && client.status !== "end") log.warn({ redis: address.text }, "connection to Redis lost");
    down = true;
  });
  client.on("ready", () => {
    if (down) log.info({ redis: address.text }, "connected to Redis again");
    down = false;
    lastError = undefined;
  });

  async function run<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw redisError(thrown, doing, address, lastError);
    }
  }

  try {
    const info = parseInfo(await run("connect to Redis", () => client.info()));
    warnOfLoss(info, address, log);
    return { client, description: `${nameOf(info)} at ${address.text}`, run, close: () => quit(client) };
  } catch (thrown) {
    client.disconnect();
    throw thrown;
  }
}

async function quit(client: Redis): Promise<void> {
  try {
    await client.quit();
  } catch {
    // Not connected: then there is nothing to say goodbye to.
    client.disconnect();
  }
}

type Info = ReadonlyMap<string, string>;

function parseInfo(text: string): Info {
  return new Map(
    text
      .split("\r\n")
      .filter((line) => line.includes(":"))
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
  );
}

function nameOf(info: Info): string {
  const valkey = info.get("valkey_version");
  return valkey === undefined ? `Redis ${info.get("redis_version") ?? "of unknown version"}` : `Valkey ${valkey}`;
}

function warnOfLoss(info: Info, address: RedisAddress, log: Logger): void {
  const policy = info.get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    log.warn(
      { redis: address.text, policy },
      `Redis may evict Drover's state: its maxmemory-policy is "${policy}", set it to "noeviction"`,
    );
  }
  if (info.get("aof_enabled") === "0") {
    log.warn({ redis: address.text }, 'Redis may lose what was written last when it stops: set "appendonly" to "yes"');
  }
}

const codesByReply: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ["NOAUTH", "UNAUTHENTICATED"],
  ["WRONGPASS", "UNAUTHENTICATED"],
  ["NOPERM", "PERMISSION_DENIED"],
  ["OOM", "RESOURCE_EXHAUSTED"],
  ["LOADING", "UNAVAILABLE"],
  ["READONLY", "UNAVAILABLE"],
  ["MASTERDOWN", "UNAVAILABLE"],
  ["MISCONF", "UNAVAILABLE"],
  ["BUSY", "UNAVAILABLE"],
];

function redisError(thrown: unknown, doing: string, address: RedisAddress, lastError: Error | undefined): AppError {
  if (thrown instanceof AppError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const refused = error.name === "ReplyError" ? error : lastError?.name === "ReplyError" ? lastError : undefined;
  const why = refused?.message ?? lastError?.message ?? error.message;
  const code =
    refused === undefined
      ? "UNAVAILABLE"
      : (codesByReply.find(([prefix]) => refused.message.startsWith(prefix))?.[1] ?? "INTERNAL");
  return new AppError(code, `Cannot ${doing} at ${address.text}: ${why === "" ? error.name : why}`, { cause: thrown });
}
