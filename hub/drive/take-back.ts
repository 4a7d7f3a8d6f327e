import type { Clock } from "../../common/async/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import type { Forge, GitSource } from "../ports.ts";
import { type ReleaseKey, type RolloutEffect, releaseKey, revisionOf, settingsIdOf } from "../rollout/index.ts";
import type { Answer } from "./driver.ts";
import { releaseOf } from "./release.ts";
import { type MachineIdentity, revert } from "./revert.ts";

export interface TakeBackDependencies {
  readonly git: GitSource;
  readonly forge: Forge | undefined;
  readonly clock: Clock;
  readonly identity: MachineIdentity;
  /** Branch that fleet.yaml is read from. */
  readonly trunk: string;
  readonly moved: () => void;
  readonly signal: AbortSignal;
}

export interface TakeBackPlace {
  readonly environment: string;
  readonly branch: string;
  /** Changes reach the branch by pull requests. */
  readonly byPullRequest: boolean;
  /** Newest release that was read. */
  readonly latest: ReleaseKey | undefined;
}

/** Does the effect "revert": a commit on the environment's branch, or a pull request with it. */
export function createTakeBack({ git, forge, clock, identity, trunk, moved, signal }: TakeBackDependencies) {
  return (
    { environment, branch, byPullRequest, latest }: TakeBackPlace,
    { bad, good, reason }: Extract<RolloutEffect, { type: "revert" }>,
    answer: (event: Answer) => void,
  ): void => {
    const request = { environment, branch, bad: revisionOf(bad), good: revisionOf(good), reason, byPullRequest };
    if (request.bad === request.good) {
      const message = `what failed is a change of fleet.yaml, which only people take back: revert it on branch "${trunk}"`;
      return answer({ type: "revertFailed", of: bad, message });
    }
    revert({ git, forge, identity, now: () => clock.now() }, request, { signal }).then(
      (reverted) => {
        if ("pending" in reverted) return answer({ type: "revertPending", of: bad, message: reverted.pending });
        const { commit } = reverted;
        // Where the branch has fleet.yaml, that is taken back too.
        const key = releaseKey(commit.revision, settingsIdOf(branch === trunk ? good : (latest ?? bad)));
        answer({ type: "reverted", of: bad, release: releaseOf(commit, key, environment, clock.now()) });
        moved();
      },
      (thrown: unknown) => {
        if (isAbort(thrown) || signal.aborted) return;
        answer({ type: "revertFailed", of: bad, message: toAppError(thrown).message });
      },
    );
  };
}
