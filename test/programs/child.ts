import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { AppError } from "../../common/errors.ts";

/** A server that lives as long as this process at most. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Path of what it writes. */
  readonly log: string;
  readonly running: boolean;
  /** Resolves when it has ended, whyever, with the words for it: "code 1" or "SIGKILL". */
  readonly ended: Promise<string>;
  /** SIGTERM, and SIGKILL when it is still there after `graceMs` (default 5000). */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL, as when the machine loses power. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  /** Gets stdout and stderr, appended. */
  readonly log: string;
  readonly cwd?: string;
  /** The complete environment; default is this process's. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts a program in a process group of its own.
 * @throws UNAVAILABLE when the program cannot be started
 */
export async function startChild(program: string, args: readonly string[], options: ChildOptions): Promise<Child> {
  const name = program.slice(program.lastIndexOf("/") + 1);
  const output = openSync(options.log, "a");
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `code ${code}`));
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) => reject(new AppError("UNAVAILABLE", `Cannot start '${program}'`, { cause })));
  });
  const pid = child.pid as number;
  guard(pid, ended);
  child.unref();

  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    name,
    pid,
    log: options.log,
    get running() {
      return isRunning();
    },
    ended,
    async stop(graceMs = 5000) {
      if (!isRunning()) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await staying(child, ended);
      clearTimeout(timer);
    },
    async kill() {
      child.kill("SIGKILL");
      await staying(child, ended);
    },
  };
}

/** While somebody waits for the end, the wait keeps this process alive. */
async function staying(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.ref();
  await ended;
}

/**
 * Kills the group when this process dies, even by SIGKILL: a shell reads from a pipe that only this process holds open. A line
 * means that the child has ended by itself, the end of the pipe that we have.
 */
function guard(pid: number, ended: Promise<string>): void {
  const shell = spawn("sh", ["-c", 'read -r _ || kill -KILL "-$1"', "sh", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  shell.unref();
  shell.on("error", () => {});
  const pipe = shell.stdin as unknown as Socket;
  pipe.unref();
  pipe.on("error", () => {});
  void ended.then(() => pipe.end("ended\n"));
}

/**
 * The result of `wait`, which is for these processes to become ready. When one of them ends first, `wait` is aborted.
 * @throws UNAVAILABLE that names the process and shows the end of its log
 */
export async function whenReady<T>(children: readonly Child[], wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const given = new AbortController();
  const ends = children.map(async (child) => {
    const how = await child.ended;
    given.abort();
    throw notStarted(child, `ended with ${how}`);
  });
  const ready = wait(given.signal).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw notStarted(children.at(-1) as Child, why, cause);
  });
  return await Promise.race([...ends, ready]);
}

function notStarted({ name, log }: Child, why: string, cause?: unknown): AppError {
  return new AppError("UNAVAILABLE", `Cannot start ${name}: ${why}. Its last words:\n${tailOf(log)}`, { cause });
}

function tailOf(log: string, lines = 15): string {
  try {
    return readFileSync(log, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "(no log)";
  }
}
