import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, freePort, startChild, until, whenReady } from "../programs/index.ts";
import { ensureRedisServer } from "./ensure-redis.ts";

/** A Redis of its own for one test: empty, on a free port of 127.0.0.1, with an append-only file and no eviction. */
export interface RedisServer extends AsyncDisposable {
  /** "redis://127.0.0.1:12345". */
  readonly url: string;
  readonly folder: string;
  /** Of the process that runs now: a restart changes it. */
  readonly pid: number;
  /** Kills it and starts it again on the same port with what it had written. */
  restart(): Promise<void>;
  /** The same, and its data is gone. */
  wipe(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Ready when it resolves: it answers PING.
 * @throws UNAVAILABLE with the end of its log
 */
export async function startRedis(): Promise<RedisServer> {
  const program = await ensureRedisServer();
  const folder = mkdtempSync(join(tmpdir(), "drover-redis-"));
  const [data, log] = [join(folder, "data"), join(folder, "redis.log")];
  const port = await freePort();
  let child: Child | undefined;

  async function start(): Promise<void> {
    mkdirSync(data, { recursive: true });
    const settings = {
      port: String(port),
      bind: "127.0.0.1",
      dir: data,
      appendonly: "yes",
      save: "",
      "maxmemory-policy": "noeviction",
      daemonize: "no",
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const started = await startChild(program, args, { log, cwd: folder });
    child = started;
    const isReady = async () => (await ping(port)) || undefined;
    await whenReady([started], (signal) => until("an answer to PING", isReady, { signal }));
  }

  async function stop(): Promise<void> {
    await child?.kill();
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    await start();
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    folder,
    get pid() {
      return (child as Child).pid;
    },
    async restart() {
      await child?.kill();
      await start();
    },
    async wipe() {
      await child?.kill();
      rmSync(data, { recursive: true });
      await start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** True when the server is there and has loaded its data. */
function ping(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: "127.0.0.1" }, () => socket.write("PING\r\n"));
    socket.once("error", reject);
    socket.once("close", () => resolve(false));
    socket.once("data", (answer) => {
      resolve(answer.toString().startsWith("+PONG"));
      socket.destroy();
    });
  });
}
