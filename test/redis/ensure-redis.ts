import { AppError } from "../../common/errors.ts";
import { findOnPath, run, say } from "../programs/index.ts";

/**
 * Path of redis-server or valkey-server. Where neither is on PATH and this is root on a system with apt, installs Redis.
 * @throws FAILED_PRECONDITION that says what to install
 */
export async function ensureRedisServer(): Promise<string> {
  const find = () => findOnPath("redis-server", "valkey-server");
  const found = find();
  if (found !== undefined) return found;

  const aptGet = findOnPath("apt-get");
  if (aptGet === undefined || process.getuid?.() !== 0) throw missing();
  say("Installing redis-server with apt-get");
  // Runlevel 1: the package is not to start a server of its own.
  const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  try {
    await run(aptGet, ["update", "--quiet"], { env });
    await run(aptGet, ["install", "--quiet", "--yes", "--no-install-recommends", "redis-server"], { env });
  } catch (cause) {
    throw missing(cause);
  }
  const installed = find();
  if (installed === undefined) throw missing();
  return installed;
}

function missing(cause?: unknown): AppError {
  const why = cause instanceof Error ? ` (${cause.message})` : "";
  const advice =
    "Install Redis or Valkey, for example 'apt-get install redis-server' or 'brew install redis', and run again";
  return new AppError("FAILED_PRECONDITION", `Cannot find redis-server or valkey-server on PATH${why}. ${advice}`, {
    cause,
  });
}
