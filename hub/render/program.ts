import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { AppError } from "../../common/errors.ts";

/** First file named `name` that may be executed in the folders of `searchPath` (the form of $PATH). */
export async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter)) {
    if (folder === "") continue;
    const file = join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface ProgramLimits {
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly outputBytes: number;
}

export interface ProgramRun {
  readonly file: string;
  readonly args: readonly string[];
  /** The only folder that it may call its own: HOME, caches, temporary files. */
  readonly home: string;
  readonly limits: ProgramLimits;
  /** prlimit, where the system has it: sets the limits that only the kernel can keep. */
  readonly prlimit: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a foreign program without a shell and with an environment of our own. Throws DEADLINE_EXCEEDED (killed for its time),
 * RESOURCE_EXHAUSTED (killed for its output or by a signal, most likely for its memory), FAILED_PRECONDITION (cannot be
 * started), or the signal's reason.
 */
export async function runProgram({ file, args, home, limits, prlimit, signal }: ProgramRun): Promise<ProgramResult> {
  signal?.throwIfAborted();
  const seconds = Math.ceil(limits.timeoutMs / 1000);
  const bounds = [`--data=${limits.memoryBytes}`, `--cpu=${seconds}`, "--core=0", "--nofile=1024"];
  const [command, commandArgs] =
    prlimit === undefined ? [file, [...args]] : [prlimit, [...bounds, "--", file, ...args]];
  const child = spawn(command, commandArgs, {
    cwd: home,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      HOME: home,
      TMPDIR: home,
      XDG_CONFIG_HOME: home,
      XDG_CACHE_HOME: home,
      // Go programs collect garbage before they meet the kernel's limit.
      GOMEMLIMIT: String(Math.floor(limits.memoryBytes * 0.8)),
      GOMAXPROCS: "2",
    },
  });
  const kill = () => child.kill("SIGKILL");
  let refusal: AppError | undefined;
  const timer = setTimeout(() => {
    refusal = new AppError("DEADLINE_EXCEEDED", `took longer than ${limits.timeoutMs} ms`);
    kill();
  }, limits.timeoutMs);
  signal?.addEventListener("abort", kill, { once: true });

  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    stdoutBytes += chunk.length;
    if (stdoutBytes <= limits.outputBytes) stdout.push(chunk);
    else {
      refusal ??= new AppError("RESOURCE_EXHAUSTED", `printed more than ${limits.outputBytes} bytes`);
      kill();
    }
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    if (stderr.length < 65_536) stderr += chunk;
  });

  try {
    const ended = await new Promise<{ code: number | null; killedBy: string | null }>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, killedBy) => resolve({ code, killedBy }));
    });
    signal?.throwIfAborted();
    if (refusal !== undefined) throw refusal;
    if (ended.code === null) throw new AppError("RESOURCE_EXHAUSTED", `was ended by ${ended.killedBy}`);
    return { exitCode: ended.code, stdout: Buffer.concat(stdout).toString("utf8"), stderr };
  } catch (thrown) {
    if (thrown instanceof AppError || signal?.aborted === true) throw thrown;
    throw new AppError("FAILED_PRECONDITION", `cannot start "${file}"`, { cause: thrown });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  }
}
