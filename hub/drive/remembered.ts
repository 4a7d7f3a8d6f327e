import type { Cancellable, GitSource, Revision } from "../ports.ts";
import type { Quarantined } from "../rollout/index.ts";
import { environmentTrailer, revertsTrailer, takenBackBecause, trailer, treeTrailer } from "./release.ts";

/** How far back what was taken back is looked for. */
const searchedCommits = 500;
const kept = 50;

/**
 * What was taken back on a branch and not promoted again since, as its own commits say: for a hub that has lost every other
 * memory of it. Oldest first.
 */
export async function quarantineOf(
  git: Pick<GitSource, "log">,
  tip: Revision | undefined,
  environment: string,
  options: Cancellable = {},
): Promise<readonly Quarantined[]> {
  if (tip === undefined) return [];
  const found = new Map<Revision, Quarantined>();
  for (const commit of (await git.log(tip, { limit: searchedCommits, ...options })).toReversed()) {
    const bad = trailer(commit, revertsTrailer);
    const treeOf = trailer(commit, treeTrailer);
    if (bad === undefined) {
      if (treeOf !== undefined) found.delete(treeOf);
    } else if ((trailer(commit, environmentTrailer) ?? environment) === environment) {
      found.set(bad, { revision: bad, reason: takenBackBecause(commit), since: Date.parse(commit.author.at) });
    }
  }
  return [...found.values()].slice(-kept);
}
