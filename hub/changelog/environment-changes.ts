import type { EnvironmentChanges } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { FleetState } from "../desk/index.ts";
import type { GitSource } from "../ports.ts";
import type { FleetQueries } from "../surfaces.ts";
import { changedFiles, changelogOf } from "./changelog.ts";

const limits = { commits: 500, files: 5_000 };

/** What may go into an environment: what the one before it, or `from`, has that it has not. */
export function createEnvironmentChanges(state: FleetState, git: GitSource): FleetQueries["changes"] {
  const known = (name: string) => {
    const found = state.environments.get(name);
    if (found === undefined) throw new AppError("NOT_FOUND", `No such environment: "${name}"`);
    return found.environment;
  };

  return async (name, from): Promise<EnvironmentChanges> => {
    const environment = known(name);
    const upstreams = environment.from;
    const source = from ?? (upstreams.length === 1 ? upstreams[0] : undefined);
    if (source === undefined) {
      const several = upstreams.length > 1 ? `: ${upstreams.join(", ")}` : "";
      throw new AppError(
        "FAILED_PRECONDITION",
        `"${name}" has not one environment before it: name one to compare with${several}`,
      );
    }
    const revision = git.branches().get(known(source).branch);
    if (revision === undefined)
      throw new AppError("FAILED_PRECONDITION", `Environment "${source}" has no revision yet`);
    const running = git.branches().get(environment.branch);
    const news = await git.log(revision, {
      limit: limits.commits + 1,
      ...(running === undefined ? {} : { exclude: running }),
    });
    const before = running === undefined ? [] : await git.tree(running);
    const files = changedFiles(before, await git.tree(revision));
    return {
      environment: name,
      from: source,
      running: running ?? null,
      revision,
      commits: changelogOf(news.slice(0, limits.commits)),
      files: files.slice(0, limits.files),
      complete: news.length <= limits.commits && files.length <= limits.files,
    };
  };
}
