import { LRUCache } from "lru-cache";
import type { Clock } from "../../common/async/index.ts";
import type { PromotionRecordView } from "../../common/domain/index.ts";
import { changedFiles } from "../changelog/index.ts";
import type { FleetState } from "../desk/index.ts";
import type { GitSource, Revision, Sources, TreeEntry } from "../ports.ts";
import type { MoveHealths } from "../promoter/index.ts";
import type { FleetQueries } from "../surfaces.ts";
import { applicationSources } from "./application-sources.ts";
import { measure } from "./measure.ts";
import { createTouched } from "./touched.ts";

/** `paths`: in all pairs of commits together. `environments`: whose applications are kept. */
const kept = { dates: 10_000, paths: 500_000, environments: 100 };

export interface DeliveriesDependencies {
  readonly state: Pick<FleetState, "fleet" | "environments">;
  readonly environments: FleetQueries["environments"];
  readonly history: FleetQueries["history"];
  readonly healths: (environment: string) => MoveHealths;
  readonly git: Pick<GitSource, "commit" | "tree" | "blobs">;
  readonly renderer: Sources;
  readonly clock: Clock;
}

/** Per environment, or application of each, over what the histories still have: the newest 200 moves. */
export function createDeliveries(dependencies: DeliveriesDependencies): FleetQueries["deliveries"] {
  const { state, environments, history, healths, git, clock } = dependencies;
  // Commits never change, and metrics are asked for again and again.
  const dates = new LRUCache<Revision, number>({ max: kept.dates });
  const changes = new LRUCache<string, readonly string[]>({
    maxSize: kept.paths,
    sizeCalculation: (paths) => paths.length + 1,
  });
  const sources = new LRUCache<string, { readonly basis: unknown; readonly found: ReturnType<typeof findSources> }>({
    max: kept.environments,
  });

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

  async function changedBy({ from, to }: PromotionRecordView): Promise<readonly string[]> {
    const key = `${from} ${to}`;
    const known = changes.get(key);
    if (known !== undefined) return known;
    let trees: readonly (readonly TreeEntry[])[];
    try {
      trees = await Promise.all([from === null ? [] : git.tree(from), git.tree(to)]);
    } catch {
      // Of commits that are gone from the repository nobody can tell what they changed.
      return [];
    }
    const [before = [], after = []] = trees;
    const paths = changedFiles(before, after).map(({ path }) => path);
    changes.set(key, paths);
    return paths;
  }

  async function findSources(environment: string) {
    const { fleet } = state;
    const known = state.environments.get(environment);
    if (fleet === undefined || known?.revision === undefined) return [];
    return applicationSources(dependencies, { fleet, environment: known.environment, revision: known.revision });
  }

  async function sourcesOf(environment: string) {
    const known = sources.get(environment);
    // A new commit and new settings both make a new one.
    const basis = state.environments.get(environment);
    if (known !== undefined && known.basis === basis) return known.found;
    const found = findSources(environment);
    sources.set(environment, { basis, found });
    found.catch(() => sources.delete(environment));
    return found;
  }

  /** The moves that altered each application, as it is made now. */
  async function movesByApplication(environment: string, moves: readonly PromotionRecordView[]) {
    const found = await sourcesOf(environment);
    const touched = createTouched(found);
    const byName = new Map<string, PromotionRecordView[]>(found.map(({ name }) => [name, []]));
    // One after the other: each holds two whole trees in memory.
    for (const move of moves) {
      for (const name of touched(await changedBy(move))) byName.get(name)?.push(move);
    }
    return byName;
  }

  return async (filter, { windowMs, by }) => {
    const answers = environments({ environment: filter.environment }).map(async ({ name }) => {
      const moves = history(name);
      const promoted = [...new Set(moves.map(({ commit }) => commit))];
      const written = new Map(await Promise.all(promoted.map(async (each) => [each, await dateOf(each)] as const)));
      const measured = (application: string | null, some: readonly PromotionRecordView[]) =>
        measure(
          { environment: name, application },
          { history: some, healths: healths(name), writtenAt: (commit) => written.get(commit) },
          { now: clock.now(), windowMs },
        );
      if (by === "environment") return [measured(null, moves)];
      const recent = moves.filter(({ at }) => Date.parse(at) > clock.now() - windowMs);
      return [...(await movesByApplication(name, recent))].map(([each, some]) => measured(each, some));
    });
    return (await Promise.all(answers)).flat();
  };
}
