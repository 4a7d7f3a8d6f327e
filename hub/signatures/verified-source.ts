import type { Problem } from "../../common/domain/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { Branches, Cancellable, Collection, GitSource, Revision } from "../ports.ts";
import type { CheckCommit } from "./commit-check.ts";

/** Commits that one move of a branch may bring. */
const maxNews = 1_000;

export interface VerifiedSourceDependencies {
  readonly git: GitSource;
  readonly check: CheckCommit;
  /** Branch name → tip that was found good. */
  readonly tips: Collection<Revision>;
  readonly trunk: string;
  readonly log: Logger;
}

/** A GitSource that shows a branch where it was until all commits that it moved over are found good. */
export interface VerifiedSource extends GitSource {
  /** Why a branch is not shown where it is. */
  problems(branch?: string): readonly Problem[];
}

/**
 * The first tip of the trunk vouches for its history; every other commit has to be good itself, not the newest alone. What the
 * verified trunk has may go to any branch.
 */
export async function createVerifiedSource(dependencies: VerifiedSourceDependencies): Promise<VerifiedSource> {
  const { git, check, tips, trunk, log } = dependencies;
  const accepted = new Map(await tips.entries());
  const refused = new Map<string, { readonly tip: Revision; readonly reason: string }>();

  async function news(branch: string, tip: Revision, options: Cancellable): Promise<readonly Revision[]> {
    const [first, ...others] = [accepted.get(trunk), accepted.get(branch)].filter((each) => each !== undefined);
    if (first === undefined) return [tip];
    const commits = await git.log(tip, { exclude: first, limit: maxNews + 1, ...options });
    const isKnown = await Promise.all(
      commits.map(async ({ revision }) => {
        const reached = await Promise.all(others.map((other) => git.isAncestor(revision, other, options)));
        return reached.includes(true);
      }),
    );
    return commits.filter((_, index) => isKnown[index] !== true).map(({ revision }) => revision);
  }

  async function reasonAgainst(branch: string, tip: Revision, options: Cancellable): Promise<string | undefined> {
    const commits = await news(branch, tip, options);
    if (commits.length > maxNews) return `it moved over more than ${maxNews} commits at once`;
    for (const revision of commits.toReversed()) {
      const reason = await check(revision, options);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  async function examine(branch: string, tip: Revision, options: Cancellable): Promise<void> {
    if (accepted.get(branch) === tip) {
      refused.delete(branch);
      return;
    }
    const reason = await reasonAgainst(branch, tip, options).catch((thrown: unknown) => {
      if (isAbort(thrown)) throw thrown;
      return toAppError(thrown).message;
    });
    if (reason === undefined) {
      await tips.set(branch, tip);
      accepted.set(branch, tip);
      refused.delete(branch);
      return;
    }
    if (refused.get(branch)?.reason !== reason) log.warn({ branch, tip, reason }, "a branch is left where it was");
    refused.set(branch, { tip, reason });
  }

  function shown(): Branches {
    const there = git.branches();
    return new Map([...accepted].filter(([branch]) => there.has(branch)));
  }

  return {
    ...git,
    async fetch(options = {}) {
      const seen = await git.fetch(options);
      const names = [...seen.keys()].toSorted((a, b) => Number(b === trunk) - Number(a === trunk) || (a < b ? -1 : 1));
      for (const branch of names) await examine(branch, seen.get(branch) ?? "", options);
      for (const branch of refused.keys()) if (!seen.has(branch)) refused.delete(branch);
      return shown();
    },
    branches: shown,
    problems: (branch) =>
      [...refused].flatMap(([name, { tip, reason }]) => {
        if ((branch ?? name) !== name) return [];
        const stays = accepted.get(name)?.slice(0, 12);
        const where = stays === undefined ? "is not used" : `stays at ${stays}`;
        return [
          {
            severity: "error" as const,
            message: `Branch "${name}" ${where} instead of ${tip.slice(0, 12)}: ${reason}`,
          },
        ];
      }),
  };
}
