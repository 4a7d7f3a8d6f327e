import type { Environment } from "../../common/domain/index.ts";
import type { FleetState } from "../desk/index.ts";
import {
  actorTrailer,
  asProposed,
  environmentTrailer,
  proposedRollback,
  reasonTrailer,
  trailer,
} from "../drive/index.ts";
import type { GitSource, Revision } from "../ports.ts";
import { failed, type Gate, passed } from "../promotion/index.ts";
import { revisionOf } from "../rollout/index.ts";
import type { NextTip } from "./next-tip.ts";
import type { TrunkLine } from "./trunk-line.ts";

export interface BranchGatesDependencies {
  readonly state: FleetState;
  readonly git: GitSource;
}

/**
 * After a rollback, or when somebody says so, people only promote: what they promote lifts the hold. Without rollouts nobody
 * remembers a hold but the commit that rolled back; with them, they must have taken it first.
 */
export async function holdGate(
  { state, git }: BranchGatesDependencies,
  { name: environment, branch }: Pick<Environment, "name" | "branch">,
  tip: Revision | undefined,
): Promise<Gate> {
  const rollouts = state.rollouts.get(environment);
  const hold = rollouts?.hold;
  if (hold !== undefined) return failed("hold", `Held by ${hold.by}: ${hold.reason}`);
  const proposed = await proposedRollback(git, { name: environment, branch });
  // Where a rollout has noticed it, the hold was lifted since.
  if (proposed !== undefined && !rollouts?.quarantine.some(({ revision }) => revisionOf(revision) === proposed.of)) {
    return failed("hold", `Held by ${proposed.actor}: ${proposed.reason}, once "${branch}-revert" is merged`);
  }
  const isTaken = rollouts !== undefined && state.environments.get(environment)?.revision === tip;
  const known = { name: environment, branch };
  const commit = tip === undefined || isTaken ? undefined : await asProposed(git, known, await git.commit(tip));
  const actor = commit === undefined ? undefined : trailer(commit, actorTrailer);
  const isForeign = commit !== undefined && (trailer(commit, environmentTrailer) ?? environment) !== environment;
  if (commit === undefined || actor === undefined || isForeign) return passed("hold", "Not held");
  const reason = trailer(commit, reasonTrailer);
  return failed("hold", `Rolled back by ${actor}${reason === undefined ? "" : `: ${reason}`}`);
}

/** What was rolled back, by its files: it may come back in another commit. `by`: the person who did; undefined: it failed. */
export async function quarantine(
  { state, git }: BranchGatesDependencies,
  line: TrunkLine,
  environment: string,
): Promise<readonly { readonly tree: string; readonly reason: string; readonly by: string | undefined }[]> {
  const rollout = state.rollouts.get(environment);
  // Where a change of fleet.yaml failed, the commit is not to blame.
  const released = rollout?.released === undefined ? undefined : revisionOf(rollout.released);
  const list = (rollout?.quarantine ?? []).filter((each) => revisionOf(each.revision) !== released);
  const found = await Promise.all(
    list.map(async ({ revision, reason, by }) => {
      const commit = revisionOf(revision);
      const found = await line.find(commit, state.environments.get(environment)?.environment).catch(() => undefined);
      const known = found ?? (await git.commit(commit).catch(() => undefined));
      return known === undefined ? [] : [{ tree: known.tree, reason, by }];
    }),
  );
  return found.flat();
}

/** A pointer only ever moves forward: what somebody wrote on the branch itself must be in the trunk first. */
export function lineGate(branch: string, next: NextTip, tip: Revision | undefined): Gate {
  const name = "line";
  switch (next) {
    case "none":
      return passed(name, `Branch "${branch}" has it already`);
    case "forward":
      return passed(
        name,
        tip === undefined
          ? `Branch "${branch}" does not exist yet: the promotion creates it`
          : `Branch "${branch}" can be fast-forwarded`,
      );
    case "join":
      return passed(name, `Branch "${branch}" was rolled back or merged into: a commit will join it with the trunk`);
    case "refused":
      return failed(name, `Branch "${branch}" cannot go there`);
  }
}
