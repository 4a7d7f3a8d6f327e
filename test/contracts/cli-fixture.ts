import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inCheckout, run } from "../programs/index.ts";

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The CLI as it is shipped, in a home of its own. */
export interface Cli {
  /** Also its working folder. */
  readonly home: string;
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Result>;
  start(args: readonly string[], env?: NodeJS.ProcessEnv): RunningCli;
  remove(): void;
}

export interface RunningCli {
  readonly process: ChildProcessWithoutNullStreams;
  stdout(): string;
  stderr(): string;
  ended(): Promise<Result>;
}

const program = inCheckout("dist/drover.js");

export async function createCli(): Promise<Cli> {
  if (!existsSync(program)) await run(process.execPath, [inCheckout("build.mjs")]);
  const home = mkdtempSync(join(tmpdir(), "drover-cli-"));
  const started: ChildProcessWithoutNullStreams[] = [];

  function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCli {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: home,
      env: { PATH: process.env["PATH"], HOME: home, ...env },
    });
    started.push(child);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const end = once(child, "close");
    return {
      process: child,
      stdout: () => stdout,
      stderr: () => stderr,
      async ended() {
        const [code] = (await end) as [number | null];
        return { code, stdout, stderr };
      },
    };
  }

  return {
    home,
    start,
    run: (args, env) => start(args, env).ended(),
    remove() {
      for (const child of started) if (child.exitCode === null) child.kill("SIGKILL");
      rmSync(home, { recursive: true, force: true });
    },
  };
}
