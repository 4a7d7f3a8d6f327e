import type { Environment } from "../../common/domain/index.ts";
import type { Cancellable, GitSource, PullRequestText } from "../ports.ts";
import type { Assessment } from "./assessment.ts";
import { mostCommits, pullRequestText } from "./pull-request-text.ts";

export interface ProposalTextDependencies extends Cancellable {
  readonly git: GitSource;
  /** Where people see the environment. */
  readonly link: (environment: string) => string | undefined;
}

export async function proposalText(
  { git, link, signal }: ProposalTextDependencies,
  { name, from, promotion }: Environment,
  { candidate, tip, made, gates }: Assessment,
): Promise<PullRequestText> {
  if (candidate === undefined) throw new RangeError(`Nothing to propose for "${name}"`);
  const { commit } = candidate;
  return pullRequestText({
    environment: name,
    from: from.join(" and "),
    candidate: commit,
    // What is rendered has a history of its own.
    commits:
      made === undefined && tip !== undefined
        ? await git.log(commit, { exclude: tip, limit: mostCommits + 1, signal })
        : [await git.commit(commit)],
    gates,
    mode: promotion?.mode ?? "manual",
    link: link(name),
  });
}
