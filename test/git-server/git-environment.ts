import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Environment in which git neither sees this machine's configuration nor asks anybody anything. */
export function isolatedGitEnvironment(home: string): NodeJS.ProcessEnv {
  const rest = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return {
    ...Object.fromEntries(rest),
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.com",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.com",
    LC_ALL: "C",
  };
}

/** Runs the real git and returns its trimmed standard output; rejects with its standard error. */
export async function git(cwd: string, home: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("git", args, {
    cwd,
    env: isolatedGitEnvironment(home),
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trim();
}
