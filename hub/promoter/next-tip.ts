import type { PromotionRecordView } from "../../common/domain/index.ts";
import { type MachineIdentity, trailer, treeTrailer } from "../drive/index.ts";
import { promotionLines } from "../ledger/index.ts";
import type { Commit, GitSource, Revision } from "../ports.ts";
import type { Change } from "../promotion/index.ts";

/** How a branch comes to have a commit's files: it has them; by the commit itself; by one that joins both; not at all. */
export type NextTip = "none" | "forward" | "join" | "refused";

/**
 * A branch moves along the trunk. After a rollback, or when a forge merged a pull request, its tip is a commit that the trunk does not
 * have: then the next one joins both. What a person wrote on the branch is never passed over. `last`: the tip that the last
 * promotion made, where it was not the promoted commit itself.
 */
export async function nextTip(
  git: GitSource,
  tip: Revision | undefined,
  { commit, tree }: Pick<Change, "commit" | "tree">,
  last: Revision | undefined,
): Promise<NextTip> {
  if (tip === undefined) return "forward";
  if (tip === commit) return "none";
  if (await git.isAncestor(tip, commit)) return "forward";
  const present = await git.commit(tip);
  if (trailer(present, treeTrailer) === undefined && !(await isMerge(git, present, commit, last))) return "refused";
  return present.tree === tree ? "none" : "join";
}

/** A forge made this commit of what was proposed: by merging it, or, as was seen then, with its files. */
async function isMerge(
  git: GitSource,
  present: Commit,
  commit: Revision,
  last: Revision | undefined,
): Promise<boolean> {
  const merged = present.parents.length === 2 ? present.parents[1] : undefined;
  if (merged !== undefined) {
    const proposed = await git.commit(merged);
    const isOurs = trailer(proposed, treeTrailer) !== undefined || (await git.isAncestor(merged, commit));
    if (proposed.tree === present.tree && isOurs) return true;
  }
  return last === present.revision && !(await git.isAncestor(commit, last));
}

/** The commit that joins the branch and what is promoted, and says how it came to that. Equal input gives the same commit. */
export function joiningCommit(
  git: GitSource,
  request: {
    readonly tip: Revision;
    readonly promotion: Omit<PromotionRecordView, "to">;
    readonly identity: MachineIdentity;
  },
): Promise<Revision> {
  const { tip, promotion, identity } = request;
  const { environment, commit, at } = promotion;
  const trailers = [...promotionLines(promotion), `${treeTrailer}: ${commit}`];
  const message = `Promote ${commit.slice(0, 12)} into ${environment}\n\n${trailers.join("\n")}\n`;
  return git.makeCommit({ treeOf: commit, parents: [tip, commit], author: { ...identity, at }, message });
}

/** How far back histories are compared. */
const comparedCommits = 2_000;

/** Why a branch cannot move on to a commit that does not descend from it. */
export async function refusalOf(git: GitSource, branch: string, tip: Revision, commit: Revision): Promise<string> {
  const own = await git.log(tip, { exclude: commit, limit: comparedCommits });
  // Its first commit is none of the other's: they have nothing in common.
  if (own.some(({ parents }) => parents.length === 0)) {
    return `branch "${branch}" and ${commit.slice(0, 12)} have unrelated histories: nothing joins them by itself`;
  }
  return `its branch "${branch}" is at ${tip.slice(0, 12)}, which is not an ancestor of it: merge it into the trunk first`;
}
