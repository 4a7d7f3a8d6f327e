import type { Cancellable, Commit, Forge, GitSource, PullRequest, PullRequestText, Revision } from "../ports.ts";
import {
  actorTrailer,
  environmentTrailer,
  revertsTrailer,
  rolledBackBecause,
  takenBackBecause,
  trailer,
  treeTrailer,
} from "./release.ts";

/** Where what takes something back waits for a branch that takes pull requests only. */
function revertBranch(branch: string): string {
  return `${branch}-revert`;
}

/** How far above the branch it is looked for. */
const searchedCommits = 200;

/** What was proposed to take back what a branch is at. */
export interface ProposedRollback {
  readonly commit: Commit;
  /** "drover" when a gate failed. */
  readonly actor: string;
  readonly reason: string;
  /** The tip that it takes back. */
  readonly of: Revision;
}

export interface Proposal {
  readonly branch: string;
  /** Of the branch: what is taken back. */
  readonly tip: Revision;
  readonly text: PullRequestText;
  /** What is proposed already does. */
  readonly isSame: (present: Revision) => Promise<boolean>;
  /** The commit that takes it back. */
  readonly make: (parents: readonly Revision[]) => Promise<Revision>;
}

/** Puts it on a branch beside the environment's; what an earlier attempt put there is found again. Nothing is forced. */
export async function pushProposal(
  git: GitSource,
  { branch, tip, isSame, make }: Proposal,
  options: Cancellable,
): Promise<Revision> {
  const head = revertBranch(branch);
  const present = git.branches().get(head);
  if (present !== undefined && (await isSame(present))) return present;
  // Of an earlier incident, or to another commit.
  const isForward = present === undefined || (await git.isAncestor(present, tip, options));
  const to = await make(isForward ? [tip] : [tip, present]);
  await git.push(head, { from: present, to }, options);
  return to;
}

/** The one pull request for what was pushed: opened, or brought up to date. */
export async function openProposal(
  forge: Forge,
  { branch, text }: Pick<Proposal, "branch" | "text">,
  options: Cancellable,
): Promise<PullRequest> {
  const pull = await forge.openPullRequest({ head: revertBranch(branch), base: branch, ...text }, options);
  const isSame = pull.title === text.title && pull.body.trim() === text.body.trim();
  if (!isSame) await forge.updatePullRequest(pull.number, text, options);
  return pull;
}

/** What waits to be merged, read from the branches alone: whoever lost every other memory of it finds it. */
export async function proposedRollback(
  git: Pick<GitSource, "branches" | "isAncestor" | "log">,
  { name, branch }: { readonly name: string; readonly branch: string },
  options: Cancellable = {},
): Promise<ProposedRollback | undefined> {
  const [tip, head] = [git.branches().get(branch), git.branches().get(revertBranch(branch))];
  if (tip === undefined || head === undefined || tip === head) return undefined;
  if (!(await git.isAncestor(tip, head, options))) return undefined;
  const above = await git.log(head, { exclude: tip, limit: searchedCommits, ...options });
  const commit = above.find((each) => each.parents[0] === tip && isRollback(each, name));
  if (commit === undefined) return undefined;
  const actor = trailer(commit, actorTrailer);
  const reason = actor === undefined ? takenBackBecause(commit) : rolledBackBecause(commit, actor);
  return { commit, actor: actor ?? "drover", reason, of: tip };
}

/**
 * A forge merges by a commit of its own, whose message is anybody's: what it has merged tells what it is, found as its second parent, or,
 * squashed, on the branch that was proposed, by its files and where they were put.
 */
export async function asProposed(
  git: Pick<GitSource, "branches" | "commit">,
  { name, branch }: { readonly name: string; readonly branch: string },
  commit: Commit,
  options: Cancellable = {},
): Promise<Commit> {
  if (trailer(commit, treeTrailer) !== undefined) return commit;
  const merged = commit.parents.length === 2 ? commit.parents[1] : undefined;
  for (const revision of [merged, git.branches().get(revertBranch(branch))]) {
    const proposed = revision === undefined ? undefined : await git.commit(revision, options);
    if (proposed === undefined || proposed.tree !== commit.tree || proposed.parents[0] !== commit.parents[0]) continue;
    if (isRollback(proposed, name)) return { ...commit, message: proposed.message };
  }
  return commit;
}

function isRollback(commit: Commit, environment: string): boolean {
  if ((trailer(commit, environmentTrailer) ?? environment) !== environment) return false;
  return [actorTrailer, revertsTrailer].some((name) => trailer(commit, name) !== undefined);
}
