import { type MachineIdentity, treeTrailer } from "../drive/index.ts";
import type { GitSource, Revision } from "../ports.ts";

/**
 * The commit to propose on a head branch that is at `present`: the candidate itself where both branches can be fast-forwarded to it,
 * else one with its files on top of what they have, so that merging gives exactly these files whatever else the branch has, and no
 * branch is ever forced. Equal input gives the same commit.
 */
export async function proposedHead(
  git: GitSource,
  request: {
    readonly environment: string;
    readonly tip: Revision;
    readonly candidate: Revision;
    /** What the branch is to be at, where that was made before: rendered, or copied. */
    readonly made: Revision | undefined;
    readonly present: Revision | undefined;
    readonly identity: MachineIdentity;
  },
): Promise<Revision> {
  const { environment, tip, candidate, made, present, identity } = request;
  const { at } = (await git.commit(candidate)).author;
  const treeOf = made ?? candidate;
  const message = `Propose ${candidate.slice(0, 12)} for ${environment}\n\n${treeTrailer}: ${treeOf}\n`;
  const above = (parents: readonly Revision[]) =>
    git.makeCommit({ treeOf, parents, author: { ...identity, at }, message });
  const isAbove = made !== undefined || (await git.isAncestor(tip, candidate));
  const wanted = isAbove ? treeOf : await above([tip, candidate]);
  const isForward = present === undefined || present === wanted || (await git.isAncestor(present, wanted));
  return isForward ? wanted : above([present, wanted]);
}
