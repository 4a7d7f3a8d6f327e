import { toAppError } from "../../common/errors.ts";
import type { Cancellable, Commit, GitSource, Revision } from "../ports.ts";
import { type Quarantined, type ReleaseKey, type RolloutState, revisionOf } from "../rollout/index.ts";
import {
  actorTrailer,
  environmentTrailer,
  revertsTrailer,
  rolledBackBecause,
  takenBackBecause,
  trailer,
  treeTrailer,
} from "./release.ts";

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
  const commits = (await git.log(tip, { limit: searchedCommits, ...options })).toReversed();
  const trees = new Map(commits.map(({ revision, tree }) => [revision, tree]));
  for (const commit of commits) {
    if ((trailer(commit, environmentTrailer) ?? environment) !== environment) continue;
    const treeOf = trailer(commit, treeTrailer);
    const actor = trailer(commit, actorTrailer);
    const [below] = commit.parents;
    const bad = trailer(commit, revertsTrailer) ?? (actor === undefined ? undefined : below);
    if (treeOf !== undefined && trailer(commit, revertsTrailer) === undefined) {
      for (const each of found.keys()) if (each === treeOf || trees.get(each) === commit.tree) found.delete(each);
    }
    if (bad === undefined) continue;
    const since = Date.parse(commit.author.at);
    found.delete(bad);
    if (actor === undefined) found.set(bad, { revision: bad, reason: takenBackBecause(commit), since });
    else found.set(bad, { revision: bad, reason: rolledBackBecause(commit, actor), since, by: actor });
  }
  return [...found.values()].slice(-kept);
}

/** What is quarantined under another name, and has the same files. */
export async function quarantinedAs(
  git: Pick<GitSource, "commit">,
  { tree }: Pick<Commit, "tree">,
  { quarantine }: Pick<RolloutState, "quarantine">,
): Promise<readonly ReleaseKey[]> {
  const found = await Promise.all(
    quarantine.map(async ({ revision }) => {
      const commit = await git.commit(revisionOf(revision)).catch(unlessGone);
      return commit?.tree === tree ? [revision] : [];
    }),
  );
  return found.flat();
}

function unlessGone(thrown: unknown): undefined {
  if (toAppError(thrown).code !== "NOT_FOUND") throw thrown;
}
