import type { Environment } from "../../common/domain/index.ts";
import type { Cancellable, GitSource, PullRequestText } from "../ports.ts";
import type { Assessment } from "./assessment.ts";
import { mostCommits, pullRequestText } from "./pull-request-text.ts";
import type { CompareRendered } from "./rendered-changes.ts";

export interface ProposalTextDependencies extends Cancellable {
  readonly git: GitSource;
  readonly compareRendered: CompareRendered;
  /** Where people see the environment. */
  readonly link: (environment: string) => string | undefined;
}

export async function proposalText(
  { git, compareRendered, link, signal }: ProposalTextDependencies,
  environment: Environment,
  { candidate, tip, made, gates }: Assessment,
): Promise<PullRequestText> {
  const { name, from, promotion } = environment;
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
    rendered:
      tip === undefined ? undefined : await compareRendered(environment, { from: tip, to: made ?? commit }, { signal }),
    gates,
    mode: promotion?.mode ?? "manual",
    link: link(name),
  });
}
