import { ensureReleasePrograms } from "../controlplane/index.ts";

/** Vitest's global setup: fails before the first test when it cannot be built. */
export default async function setup(): Promise<void> {
  await ensureReleasePrograms("oldest");
}
