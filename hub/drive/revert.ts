import { AppError, toAppError } from "../../common/errors.ts";
import type { Cancellable, Commit, Forge, GitSource, Revision } from "../ports.ts";
import { openProposal, type Proposal, pushProposal } from "./proposed-rollback.ts";
import { environmentTrailer, revertsTrailer, trailer, treeTrailer } from "./release.ts";

export interface RevertRequest {
  readonly environment: string;
  readonly branch: string;
  readonly bad: Revision;
  readonly good: Revision;
  readonly reason: string;
  /** Changes reach the branch by pull requests. */
  readonly byPullRequest: boolean;
}

export interface RevertDependencies {
  readonly git: GitSource;
  readonly forge: Forge | undefined;
  readonly identity: MachineIdentity;
  readonly now: () => number;
}

export interface MachineIdentity {
  readonly name: string;
  readonly email: string;
}

/** The commit on the branch, or where somebody has to merge it. */
export type Reverted = { readonly commit: Commit } | { readonly pending: string };

/** How far above the bad commit a revert that was made before is looked for. */
const searchedCommits = 200;
const attempts = 5;

/**
 * Puts a commit with the files of `good` on top of `bad`, where `bad` is the tip of the branch; the one that an earlier attempt
 * put there is found again. A pull request does so where the environment wants that or the branch is protected.
 * FAILED_PRECONDITION when the branch has moved on.
 */
export async function revert(
  dependencies: RevertDependencies,
  request: RevertRequest,
  { signal }: Cancellable,
): Promise<Reverted> {
  const { git, forge } = dependencies;
  const { environment, branch, bad, byPullRequest } = request;
  if (byPullRequest && forge === undefined) {
    const how = "start it with --forge-token, or revert by hand";
    throw new AppError("FAILED_PRECONDITION", `"${environment}" takes pull requests, and the hub has no forge: ${how}`);
  }
  for (let attempt = 1; ; attempt++) {
    const tips = await git.fetch({ signal });
    const tip = tips.get(branch);
    if (tip === undefined) throw new AppError("FAILED_PRECONDITION", `branch "${branch}" does not exist any more`);
    const done = await revertAbove(git, tip, bad, { signal });
    if (done !== undefined) {
      // Merged by a commit of the forge's, that one is what the branch is at.
      const present = await git.commit(tip, { signal });
      return { commit: present.tree === done.tree ? { ...present, message: done.message } : done };
    }
    if (tip !== bad) {
      const moved = `branch "${branch}" has moved on to ${tip.slice(0, 12)}`;
      throw new AppError("FAILED_PRECONDITION", `${moved}: revert ${bad.slice(0, 12)} there by hand`);
    }
    if (byPullRequest && forge !== undefined) return propose(dependencies, forge, request, { signal });
    const to = await revertCommit(dependencies, request, [tip], { signal });
    try {
      await git.push(branch, { from: tip, to }, { signal });
      return { commit: await git.commit(to, { signal }) };
    } catch (thrown) {
      const { code } = toAppError(thrown);
      if (code === "PERMISSION_DENIED" && forge !== undefined) {
        return propose(dependencies, forge, request, { signal });
      }
      // Somebody was faster: look again.
      if (code !== "ABORTED" || attempt >= attempts) throw thrown;
    }
  }
}

/** The commit and the pull request of an earlier attempt are found again. */
async function propose(
  dependencies: RevertDependencies,
  forge: Forge,
  request: RevertRequest,
  options: Cancellable,
): Promise<Reverted> {
  const { git } = dependencies;
  const { branch, bad } = request;
  const proposal: Proposal = {
    ...{ branch, tip: bad, text: { title: subjectOf(request), body: bodyOf(request) } },
    isSame: async (present) => (await revertAbove(git, present, bad, options)) !== undefined,
    make: (parents) => revertCommit(dependencies, request, parents, options),
  };
  await pushProposal(git, proposal, options);
  const { url } = await openProposal(forge, proposal, options);
  return { pending: `pull request ${url} to be merged` };
}

function revertCommit(
  { git, identity, now }: RevertDependencies,
  request: RevertRequest,
  parents: readonly Revision[],
  options: Cancellable,
): Promise<Revision> {
  const message = `${subjectOf(request)}\n\n${bodyOf(request)}`;
  const author = { ...identity, at: new Date(now()).toISOString() };
  return git.makeCommit({ treeOf: request.good, parents, author, message }, options);
}

function subjectOf({ environment, bad, good }: RevertRequest): string {
  return `Revert to ${good.slice(0, 12)}: ${bad.slice(0, 12)} failed in ${environment}`;
}

/** Also of the pull request: where merging squashes, it becomes the message of the commit. */
function bodyOf({ environment, bad, good, reason }: RevertRequest): string {
  const trailers = [`${revertsTrailer}: ${bad}`, `${treeTrailer}: ${good}`, `${environmentTrailer}: ${environment}`];
  return `${reason}\n\n${trailers.join("\n")}\n`;
}

async function revertAbove(
  git: GitSource,
  tip: Revision,
  bad: Revision,
  options: Cancellable,
): Promise<Commit | undefined> {
  if (tip === bad || !(await git.isAncestor(bad, tip, options))) return undefined;
  const commits = await git.log(tip, { exclude: bad, limit: searchedCommits, ...options });
  return commits.find((commit) => trailer(commit, revertsTrailer) === bad);
}
