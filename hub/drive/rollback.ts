import { AppError, toAppError } from "../../common/errors.ts";
import type { GitSource, Revision } from "../ports.ts";
import type { PromotionResult } from "../surfaces.ts";
import { actorTrailer, environmentTrailer, reasonTrailer, treeTrailer } from "./release.ts";
import type { MachineIdentity } from "./revert.ts";

export interface RollbackRequest {
  readonly environment: string;
  readonly branch: string;
  readonly to: Revision;
  readonly reason: string;
  readonly actor: string;
}

/**
 * Puts a commit with the files of an earlier one on top of the branch; not when the tip has these files already.
 * ABORTED when somebody moves the branch at the same time.
 */
export async function rollBack(
  { git, identity, now }: { readonly git: GitSource; readonly identity: MachineIdentity; readonly now: () => number },
  { environment, branch, to, reason, actor }: RollbackRequest,
): Promise<PromotionResult> {
  const tip = (await git.fetch()).get(branch);
  if (tip === undefined) {
    throw new AppError("FAILED_PRECONDITION", `Cannot roll back "${environment}": branch "${branch}" does not exist`);
  }
  const [wanted, present] = await Promise.all([git.commit(to), git.commit(tip)]);
  if (wanted.tree === present.tree) {
    return { environment, branch, from: tip, to: tip, moved: false };
  }
  if (!(await git.isAncestor(to, tip))) {
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot roll back "${environment}" to ${to.slice(0, 12)}: branch "${branch}" never had it`,
    );
  }
  const subject = `Roll back ${environment} to ${to.slice(0, 12)}`;
  const why = reason.replaceAll(/\s+/g, " ").trim();
  const trailers = [`${treeTrailer}: ${to}`, `${actorTrailer}: ${actor}`, `${environmentTrailer}: ${environment}`];
  if (why !== "") trailers.push(`${reasonTrailer}: ${why}`);
  const message = `${subject}\n\n${trailers.join("\n")}\n`;
  const author = { ...identity, at: new Date(now()).toISOString() };
  const made = await git.makeCommit({ treeOf: to, parents: [tip], author, message });
  try {
    await git.push(branch, { from: tip, to: made });
  } catch (thrown) {
    const error = toAppError(thrown);
    throw new AppError(error.code, `Cannot roll back "${environment}": ${error.message}`, { cause: thrown });
  }
  return { environment, branch, from: tip, to: made, moved: true };
}
