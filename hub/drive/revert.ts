import { AppError, toAppError } from "../../common/errors.ts";
import type { Cancellable, Commit, GitSource, Revision } from "../ports.ts";
import { environmentTrailer, revertsTrailer, trailer, treeTrailer } from "./release.ts";

export interface RevertRequest {
  readonly environment: string;
  readonly branch: string;
  readonly bad: Revision;
  readonly good: Revision;
  readonly reason: string;
}

export interface MachineIdentity {
  readonly name: string;
  readonly email: string;
}

/** How far above the bad commit a revert that was made before is looked for. */
const searchedCommits = 200;
const attempts = 5;

/**
 * Puts a commit with the files of `good` on top of `bad`, where `bad` is the tip of the branch; the one that an earlier attempt
 * put there is found again. FAILED_PRECONDITION when the branch has moved on.
 */
export async function revert(
  { git, identity, now }: { readonly git: GitSource; readonly identity: MachineIdentity; readonly now: () => number },
  { environment, branch, bad, good, reason }: RevertRequest,
  { signal }: Cancellable,
): Promise<Commit> {
  for (let attempt = 1; ; attempt++) {
    const tip = (await git.fetch({ signal })).get(branch);
    if (tip === undefined) throw new AppError("FAILED_PRECONDITION", `branch "${branch}" does not exist any more`);
    const done = await revertAbove(git, tip, bad, { signal });
    if (done !== undefined) return done;
    if (tip !== bad) {
      const moved = `branch "${branch}" has moved on to ${tip.slice(0, 12)}`;
      throw new AppError("FAILED_PRECONDITION", `${moved}: revert ${bad.slice(0, 12)} there by hand`);
    }
    const subject = `Revert to ${good.slice(0, 12)}: ${bad.slice(0, 12)} failed in ${environment}`;
    const trailers = [`${revertsTrailer}: ${bad}`, `${treeTrailer}: ${good}`, `${environmentTrailer}: ${environment}`];
    const message = `${subject}\n\n${reason}\n\n${trailers.join("\n")}\n`;
    const author = { ...identity, at: new Date(now()).toISOString() };
    const to = await git.makeCommit({ treeOf: good, parents: [tip], author, message }, { signal });
    try {
      await git.push(branch, { from: tip, to }, { signal });
      return await git.commit(to, { signal });
    } catch (thrown) {
      // Somebody was faster: look again.
      if (toAppError(thrown).code !== "ABORTED" || attempt >= attempts) throw thrown;
    }
  }
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
