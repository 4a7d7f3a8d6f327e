import { homedir } from "node:os";
import { join } from "node:path";

/** Where built programs stay between checkouts: DROVER_CACHE, else drover/ in the user's cache folder. */
export function cacheFolder(): string {
  const { env } = process;
  return env["DROVER_CACHE"] ?? join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "drover");
}
