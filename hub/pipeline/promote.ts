import { AppError } from "../../common/errors.ts";
import type { FleetState } from "../desk/index.ts";
import type { Branches, GitSource, PromotionResult, Revision } from "../ports.ts";
import { fullRevision } from "./full-revision.ts";

/** How far back on each branch a shortened revision is looked for. */
const searchedCommits = 1000;

/**
 * Moves an environment's branch forward by compare-and-swap: to what its upstream environment runs, or to `revision`.
 * FAILED_PRECONDITION when that is not a fast-forward, ABORTED when somebody moved the branch at the same time.
 */
export async function promote(
  { state, git }: { readonly state: FleetState; readonly git: GitSource },
  name: string,
  revision: string | undefined,
): Promise<PromotionResult> {
  const environment = state.environments.get(name)?.environment;
  if (environment === undefined) throw new AppError("NOT_FOUND", `No such environment: "${name}"`);
  const { branch, from } = environment;
  if (from === undefined) {
    throw new AppError(
      "FAILED_PRECONDITION",
      `Environment "${name}" is not promoted into: push to its branch "${branch}"`,
    );
  }
  const branches = await git.fetch();
  const tip = branches.get(branch);
  const to = revision === undefined ? upstream(state, name, from) : await commitOf(git, branches, revision);
  if (tip === to || (tip !== undefined && revision === undefined && (await git.isAncestor(to, tip)))) {
    return { environment: name, branch, from: tip, to: tip, moved: false };
  }
  if (tip !== undefined && !(await git.isAncestor(tip, to))) {
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot promote ${to.slice(0, 12)} into "${name}": its branch "${branch}" is at ${tip.slice(0, 12)}, which is not an ancestor of it`,
    );
  }
  await git.push(branch, { from: tip, to });
  return { environment: name, branch, from: tip ?? null, to, moved: true };
}

function upstream(state: FleetState, name: string, from: string): Revision {
  const revision = state.environments.get(from)?.revision;
  if (revision === undefined) {
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot promote into "${name}": its upstream environment "${from}" has no revision yet`,
    );
  }
  return revision;
}

async function commitOf(git: GitSource, branches: Branches, revision: string): Promise<Revision> {
  if (/^[0-9a-f]{40}$/.test(revision)) return (await git.commit(revision)).revision;
  const tips = [...new Set(branches.values())];
  const logs = await Promise.all(tips.map((tip) => git.log(tip, { limit: searchedCommits })));
  return fullRevision(
    revision,
    logs.flatMap((log) => log.map((commit) => commit.revision)),
  );
}
