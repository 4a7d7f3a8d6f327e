import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { AppError } from "../../common/errors.ts";
import { authorization, type Remote } from "./remote.ts";

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

interface RunOptions {
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  readonly stdin?: Buffer | undefined;
}

export interface GitProgram {
  /** Runs git in `cwd`; never through a shell. An abort ends git and its helpers, then rejects with the signal's reason. */
  run(args: readonly string[], options: RunOptions): Promise<GitResult>;
  /** Starts git with its three streams open. The caller ends it. */
  start(args: readonly string[], options: { cwd: string }): ChildProcess;
}

const killGraceMs = 3000;
/** More than any list of refs or commits needs; a limit so that a broken git cannot fill the memory. */
const maxOutputBytes = 256 * 1024 * 1024;

export function createGitProgram(remote: Remote, environment: NodeJS.ProcessEnv): GitProgram {
  const env = gitEnvironment(remote, environment);
  // A session of its own: one signal reaches git's helpers too, and ssh finds no terminal to ask for a password.
  const start = (args: readonly string[], cwd: string) =>
    spawn("git", args, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"], windowsHide: true });

  return {
    start: (args, { cwd }) => start(args, cwd),
    async run(args, { cwd, signal, stdin }) {
      signal?.throwIfAborted();
      const child = start(args, cwd);
      const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
      // A git that ends before it has read all says why with its status.
      child.stdin.on("error", () => undefined);
      child.stdin.end(stdin);
      const out: Buffer[] = [];
      let length = 0;
      let stderr = "";
      child.stdout.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxOutputBytes) endGroup(child, "SIGKILL");
        else out.push(chunk);
      });
      child.stderr.on("data", (chunk: Buffer) => {
        stderr = (stderr + chunk.toString("utf8")).slice(-8192);
      });
      let kill: NodeJS.Timeout | undefined;
      const onAbort = () => {
        // The polite signal first: git takes its temporary files away.
        endGroup(child, "SIGTERM");
        kill = setTimeout(() => endGroup(child, "SIGKILL"), killGraceMs);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      try {
        const [code] = await ended;
        if (signal?.aborted === true) throw signal.reason;
        return { code: code ?? -1, stdout: Buffer.concat(out), stderr };
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
        throw new AppError("FAILED_PRECONDITION", "Cannot run git: it is not on the PATH any more", { cause: thrown });
      } finally {
        clearTimeout(kill);
        signal?.removeEventListener("abort", onAbort);
      }
    },
  };
}

export function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Gone in the meantime, or no process groups here (Windows).
    child.kill(signal);
  }
}

/** Variables of git that the operator may set; everything else of git's would point it to another repository. */
const passed =
  /^GIT_(SSH|SSH_COMMAND|SSH_VARIANT|SSL_.*|HTTP_.*|PROXY_.*|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|TRACE.*)$/;

function gitEnvironment(remote: Remote, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.entries(environment).filter(([name]) => !name.startsWith("GIT_") || passed.test(name));
  return {
    ...Object.fromEntries(inherited),
    ...configEnvironment(remote),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GCM_INTERACTIVE: "never",
    GIT_OPTIONAL_LOCKS: "0",
    // The remote's own way in, and nothing that a redirect or a rewritten URL could add (ext:: runs programs).
    GIT_ALLOW_PROTOCOL: remote.protocol === "http" ? "http:https" : remote.protocol,
  };
}

/** Configuration, secrets among it, in the environment: argument lists can be read by everyone on the machine. */
function configEnvironment(remote: Remote): Record<string, string> {
  const entries: [string, string][] = [
    ["core.hooksPath", "/dev/null"],
    ["core.askPass", ""],
    ["gc.autoDetach", "false"],
    ["gc.autoPackLimit", "40"],
    // A server that sends nothing for half a minute has hung.
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", "30"],
  ];
  const header = authorization(remote);
  if (header !== undefined) {
    const scope = `http.${new URL(remote.url).origin}/.extraHeader`;
    entries.push(["credential.helper", ""], [scope, ""], [scope, `Authorization: ${header}`]);
  }
  return {
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}
