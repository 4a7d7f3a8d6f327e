import { AppError } from "../common/errors.ts";
import { type ControlPlanePrograms, ensureControlPlanePrograms } from "./controlplane/index.ts";
import { ensureForgePrograms } from "./forge/index.ts";
import { findOnPath, run } from "./programs/index.ts";
import { ensureRedisServer } from "./redis/index.ts";
import { ensureRendererPrograms, type RendererPrograms } from "./renderers/index.ts";

/** Absolute paths of the programs that contract tests, e2e tests, the benchmarks and the real demo run. */
export interface Programs extends ControlPlanePrograms, RendererPrograms {
  readonly redisServer: string;
  readonly git: string;
}

/**
 * Finds, builds or installs them; says so when it takes time. Milliseconds when they are there.
 * @throws FAILED_PRECONDITION that says what to install
 */
export async function programs(): Promise<Programs> {
  const git = await checkGit();
  const redisServer = await ensureRedisServer();
  const renderers = await ensureRendererPrograms();
  const controlPlane = await ensureControlPlanePrograms();
  return { ...controlPlane, ...renderers, redisServer, git };
}

async function checkGit(): Promise<string> {
  const git = findOnPath("git");
  const version = git === undefined ? "none" : (await run(git, ["--version"])).trim();
  const [, major, minor] = /(\d+)[.](\d+)/.exec(version) ?? [];
  if (git === undefined || Number(major) < 2 || (Number(major) === 2 && Number(minor) < 30)) {
    throw new AppError(
      "FAILED_PRECONDITION",
      `The tests need git 2.30 or newer on PATH: found ${version}. Install git and run again`,
    );
  }
  return git;
}

/** Vitest's global setup: fails before the first test when a part is missing. */
export default async function setup(): Promise<void> {
  await programs();
  await ensureForgePrograms();
}
