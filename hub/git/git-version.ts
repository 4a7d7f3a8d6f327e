import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** 2.31 is the first that takes configuration, and so credentials, from the environment. */
export const minimumGitVersion = "2.31";

/** Version of the git program on the PATH, "2.39.5"; undefined where there is none. */
export async function findGit(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("git", ["--version"], { env: environment, timeout: 10_000 });
    return /\d+(\.\d+)+/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [minimumMajor = 0, minimumMinor = 0] = minimumGitVersion.split(".").map(Number);
  return major > minimumMajor || (major === minimumMajor && minor >= minimumMinor);
}
