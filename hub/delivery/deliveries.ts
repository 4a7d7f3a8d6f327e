import type { Clock } from "../../common/async/index.ts";
import type { GitSource } from "../ports.ts";
import type { FleetQueries } from "../surfaces.ts";
import { measure } from "./measure.ts";

export interface DeliveriesDependencies {
  readonly environments: FleetQueries["environments"];
  readonly history: FleetQueries["history"];
  readonly git: Pick<GitSource, "commit">;
  readonly clock: Clock;
}

/** Per environment, over what the histories still have: the newest 200 moves. */
export function createDeliveries({
  environments,
  history,
  git,
  clock,
}: DeliveriesDependencies): FleetQueries["deliveries"] {
  return async (filter, windowMs) =>
    Promise.all(
      environments(filter).map(async ({ name }) => {
        const moves = history(name);
        const promoted = [...new Set(moves.map(({ commit }) => commit))];
        // A commit that is gone from the repository has no lead time.
        const dates = await Promise.all(
          promoted.map((commit) =>
            git.commit(commit).then(
              ({ author }) => [commit, Date.parse(author.at)] as const,
              () => undefined,
            ),
          ),
        );
        const written = new Map(dates.filter((each) => each !== undefined));
        return measure(name, moves, (commit) => written.get(commit), { now: clock.now(), windowMs });
      }),
    );
}
