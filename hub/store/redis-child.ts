import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, constants, mkdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { RedisAddress } from "./redis-address.ts";

/** A Redis that lives as long as this hub, reachable by nobody else. */
export interface RedisChild {
  readonly address: RedisAddress;
  close(): Promise<void>;
}

const programs = ["redis-server", "valkey-server"];
const restartDelayMs = 500;
const stopMs = 10_000;
/** Longer paths do not fit into a socket's address on every system. */
const maxSocketPath = 100;

/** Absolute path of redis-server or valkey-server; undefined when neither is on `path`. */
export async function findRedisProgram(path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((part) => part !== "")) {
    for (const program of programs) {
      try {
        await access(join(folder, program), constants.X_OK);
        return join(folder, program);
      } catch {
        // The next one.
      }
    }
  }
  return undefined;
}

/**
 * Starts `program` on a socket in `folder`, with every write on disk before it is acknowledged; starts it again when it dies.
 * What a killed hub left running there is ended first. The caller keeps other hubs away from the folder.
 * @throws UNAVAILABLE with the end of its log when it does not start
 */
export async function startRedisChild(program: string, folder: string, log: Logger): Promise<RedisChild> {
  const home = resolve(folder);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const socket = await socketPath(home);
  const logFile = join(home, "redis.log");
  const pidFile = join(home, "redis.pid");
  await endLeftover(pidFile, socket, log);
  await rm(socket, { force: true });

  const settings: Readonly<Record<string, string>> = {
    port: "0",
    unixsocket: socket,
    unixsocketperm: "700",
    dir: home,
    pidfile: pidFile,
    logfile: logFile,
    loglevel: "warning",
    daemonize: "no",
    save: "",
    appendonly: "yes",
    appendfsync: "always",
    "maxmemory-policy": "noeviction",
  };
  let stopping = false;
  let child: ChildProcess;

  function launch(): ChildProcess {
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    // A group of its own: Ctrl-C reaches the hub, which ends it when its own last write is done.
    const started = spawn(program, args, { cwd: home, stdio: "ignore", detached: true });
    started.once("error", (error) => log.error({ err: error, program }, "cannot start Redis"));
    started.once("exit", (code, signal) => {
      if (stopping) return;
      log.error({ program, code, signal }, "Redis ended unexpectedly: starting it again");
      setTimeout(() => {
        if (!stopping) child = launch();
      }, restartDelayMs);
    });
    started.unref();
    return started;
  }

  const endWithHub = () => child.kill("SIGTERM");
  child = launch();
  process.once("exit", endWithHub);
  const close = async () => {
    stopping = true;
    process.off("exit", endWithHub);
    await end(child);
  };
  try {
    await whenListening(child, socket, logFile);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return { address: { options: { path: socket }, text: `unix://${socket}` }, close };
}

/** In the folder, or where that is too deep in a directory of this user below the system's temporary one. */
async function socketPath(home: string): Promise<string> {
  const path = join(home, "redis.sock");
  if (Buffer.byteLength(path) <= maxSocketPath) return path;
  const name = createHash("sha256").update(home).digest("hex").slice(0, 16);
  const short = join(tmpdir(), `drover-${name}`);
  await mkdir(short, { recursive: true, mode: 0o700 });
  const { uid, mode } = await stat(short);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) {
    throw new AppError(
      "PERMISSION_DENIED",
      `Cannot use "${short}": it belongs to somebody else, or others may enter it`,
    );
  }
  return join(short, "redis.sock");
}

/** The socket appears when Redis listens; connecting then waits until its data is loaded. */
async function whenListening(child: ChildProcess, socket: string, logFile: string): Promise<void> {
  const deadline = AbortSignal.timeout(30_000);
  while (!(await exists(socket))) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined || deadline.aborted) {
      const tail = (await readFile(logFile, "utf8").catch(() => "")).trim().split("\n").slice(-3).join("; ");
      throw new AppError("UNAVAILABLE", `Cannot start Redis: ${tail === "" ? `see "${logFile}"` : tail}`);
    }
    await sleep(10);
  }
}

async function endLeftover(pidFile: string, socket: string, log: Logger): Promise<void> {
  const pid = Number((await readFile(pidFile, "utf8").catch(() => "")).trim());
  // The number may be another program's by now: Redis shows its socket in its command line.
  if (!Number.isInteger(pid) || pid <= 1 || !(await commandOf(pid)).includes(socket)) return;
  log.info({ pid }, "ending the Redis of a hub that was killed");
  process.kill(pid, "SIGTERM");
  const deadline = Date.now() + stopMs;
  while ((await commandOf(pid)).includes(socket)) {
    if (Date.now() > deadline) process.kill(pid, "SIGKILL");
    await sleep(20);
  }
}

/** "" for a process that does not exist. */
async function commandOf(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    if (await exists("/proc/self")) return "";
    return new Promise((resolve) => {
      const ps = spawn("ps", ["-p", String(pid), "-o", "command="], { stdio: ["ignore", "pipe", "ignore"] });
      let text = "";
      ps.stdout.on("data", (part: Buffer) => {
        text += part.toString();
      });
      ps.once("error", () => resolve(""));
      ps.once("close", () => resolve(text));
    });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  child.ref();
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), stopMs);
  await ended;
  clearTimeout(impatience);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
