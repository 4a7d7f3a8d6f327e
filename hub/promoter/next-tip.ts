import { type MachineIdentity, trailer, treeTrailer } from "../drive/index.ts";
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

/** The commit that joins the branch and what is promoted. Equal input gives the same commit. */
export function joiningCommit(
  git: GitSource,
  request: {
    readonly environment: string;
    readonly tip: Revision;
    readonly commit: Revision;
    readonly identity: MachineIdentity;
    /** ISO 8601. */
    readonly at: string;
  },
): Promise<Revision> {
  const { environment, tip, commit, identity, at } = request;
  const message = `Promote ${commit.slice(0, 12)} into ${environment}\n\n${treeTrailer}: ${commit}\n`;
  return git.makeCommit({ treeOf: commit, parents: [tip, commit], author: { ...identity, at }, message });
}
