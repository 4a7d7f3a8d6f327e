import { AppError, toAppError } from "../../common/errors.ts";
import type { Cancellable, Forge, GitSource, Revision } from "../ports.ts";
import type { PromotionResult } from "../surfaces.ts";
import { openProposal, type Proposal, proposedRollback, pushProposal } from "./proposed-rollback.ts";
import { actorTrailer, environmentTrailer, reasonTrailer, treeTrailer } from "./release.ts";
import type { MachineIdentity } from "./revert.ts";

export interface RollbackRequest {
  readonly environment: string;
  readonly branch: string;
  readonly to: Revision;
  readonly reason: string;
  readonly actor: string;
  /** Changes reach the branch by pull requests. */
  readonly byPullRequest: boolean;
}

export interface RollbackDependencies {
  readonly git: GitSource;
  readonly forge: Forge | undefined;
  readonly identity: MachineIdentity;
  readonly now: () => number;
  /** What the branch is at is to go no further: it waits for somebody to merge what takes it back. */
  readonly proposed: (of: Revision) => Promise<void>;
}

/**
 * Puts a commit with the files of an earlier one on top of the branch; not when the tip has these files already. A pull request does so
 * where the environment wants that or the branch is protected: called again, it is the same one. ABORTED when somebody moves
 * the branch at the same time.
 */
export async function rollBack(
  dependencies: RollbackDependencies,
  request: RollbackRequest,
  options: Cancellable = {},
): Promise<PromotionResult> {
  const { git, forge, identity } = dependencies;
  const { environment, branch, to, byPullRequest } = request;
  const tip = (await git.fetch(options)).get(branch);
  if (tip === undefined) {
    throw new AppError("FAILED_PRECONDITION", `Cannot roll back "${environment}": branch "${branch}" does not exist`);
  }
  const [wanted, present] = await Promise.all([git.commit(to, options), git.commit(tip, options)]);
  if (wanted.tree === present.tree) {
    return { environment, branch, from: tip, to: tip, moved: false };
  }
  if (!(await git.isAncestor(to, tip, options))) {
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot roll back "${environment}" to ${to.slice(0, 12)}: branch "${branch}" never had it`,
    );
  }
  const text = textOf(request);
  const proposal: Proposal = {
    ...{ branch, tip, text },
    async isSame(head) {
      const waiting = await proposedRollback(git, { name: environment, branch }, options);
      return waiting?.commit.revision === head && waiting.commit.tree === wanted.tree;
    },
    make: (parents) => {
      const author = { ...identity, at: new Date(dependencies.now()).toISOString() };
      return git.makeCommit({ treeOf: to, parents, author, message: `${text.title}\n\n${text.body}` }, options);
    },
  };
  if (!byPullRequest) {
    const made = await proposal.make([tip]);
    try {
      await git.push(branch, { from: tip, to: made }, options);
      return { environment, branch, from: tip, to: made, moved: true };
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code !== "PERMISSION_DENIED") throw refusal(request, error.message, error);
      if (forge === undefined) throw refusal(request, `${error.message}; ${byHand(request)}`, error);
    }
  }
  if (forge === undefined) {
    const reason = `it takes pull requests, and this hub has no forge; ${byHand(request)}`;
    throw refusal(request, reason, new AppError("FAILED_PRECONDITION", reason));
  }
  try {
    const made = await pushProposal(git, proposal, options);
    await dependencies.proposed(tip);
    const { url } = await openProposal(forge, proposal, options);
    return { environment, branch, from: tip, to: made, moved: false, pullRequest: url };
  } catch (thrown) {
    const error = toAppError(thrown);
    throw refusal(request, error.message, error);
  }
}

/** Of the commit and of the pull request: where merging squashes, it becomes the message of the commit. */
function textOf({ environment, to, reason, actor }: RollbackRequest): Proposal["text"] {
  const trailers = [`${treeTrailer}: ${to}`, `${actorTrailer}: ${actor}`, `${environmentTrailer}: ${environment}`];
  const why = reason.replaceAll(/\s+/g, " ").trim();
  if (why !== "") trailers.push(`${reasonTrailer}: ${why}`);
  return { title: `Roll back ${environment} to ${to.slice(0, 12)}`, body: `${trailers.join("\n")}\n` };
}

function byHand({ environment, branch, to }: RollbackRequest): string {
  const commands = [
    `git switch --create ${branch}-revert origin/${branch}`,
    `git read-tree -u --reset ${to}`,
    `git commit --message "Roll back ${environment} to ${to.slice(0, 12)}"`,
    `git push origin ${branch}-revert`,
  ];
  return `start the hub with --forge-token and it opens the pull request, or open one by hand after '${commands.join(" && ")}'`;
}

function refusal({ environment }: RollbackRequest, reason: string, cause: AppError): AppError {
  return new AppError(cause.code, `Cannot roll back "${environment}": ${reason}`, { cause });
}
