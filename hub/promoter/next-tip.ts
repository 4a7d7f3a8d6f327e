import type { PromotionRecordView } from "../../common/domain/index.ts";
import { type MachineIdentity, trailer, treeTrailer } from "../drive/index.ts";
import { promotionLines } from "../ledger/index.ts";
import type { GitSource, Revision } from "../ports.ts";
import type { Change } from "../promotion/index.ts";

/** How a branch comes to have a commit's files: it has them; by the commit itself; by one that joins both; not at all. */
export type NextTip = "none" | "forward" | "join" | "refused";

/**
 * A branch moves along the trunk. After a rollback its tip is the hub's own commit, which the trunk does not have: then the next
 * one joins both. What a person wrote on the branch is never passed over.
 */
export async function nextTip(
  git: GitSource,
  tip: Revision | undefined,
  { commit, tree }: Pick<Change, "commit" | "tree">,
): Promise<NextTip> {
  if (tip === undefined) return "forward";
  if (tip === commit) return "none";
  if (await git.isAncestor(tip, commit)) return "forward";
  const present = await git.commit(tip);
  if (trailer(present, treeTrailer) === undefined) return "refused";
  return present.tree === tree ? "none" : "join";
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
