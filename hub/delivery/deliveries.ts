import { LRUCache } from "lru-cache";
import type { Clock } from "../../common/async/index.ts";
import type { GitSource, Revision } from "../ports.ts";
import type { FleetQueries } from "../surfaces.ts";
import { measure } from "./measure.ts";

const datesKept = 10_000;

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
  // Commits never change, and metrics are asked for again and again.
  const dates = new LRUCache<Revision, number>({ max: datesKept });
  async function dateOf(commit: Revision): Promise<number | undefined> {
    const known = dates.get(commit);
    if (known !== undefined) return known;
    try {
      const date = Date.parse((await git.commit(commit)).author.at);
      dates.set(commit, date);
      return date;
    } catch {
      // A commit that is gone from the repository has no lead time.
      return undefined;
    }
  }

  return async (filter, windowMs) =>
    Promise.all(
      environments(filter).map(async ({ name }) => {
        const moves = history(name);
        const promoted = [...new Set(moves.map(({ commit }) => commit))];
        const written = new Map(await Promise.all(promoted.map(async (each) => [each, await dateOf(each)] as const)));
        return measure(name, moves, (commit) => written.get(commit), { now: clock.now(), windowMs });
      }),
    );
}
