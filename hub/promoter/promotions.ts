import type { PromotionRecordView, PromotionView } from "../../common/domain/index.ts";
import type { CheckGate } from "../gates/index.ts";
import { createHydrator, createSourceOf } from "../hydrate/index.ts";
import type { HubStore, Renderer, ViewFilter } from "../ports.ts";
import { type BranchMovesDependencies, createBranchMoves } from "./branch-moves.ts";
import { createChecks } from "./checks.ts";
import { createCoverage } from "./coverage.ts";
import type { Freezes } from "./freezes.ts";
import { createGitMemory } from "./git-memory.ts";
import { createLooks, type Looks, type LooksDependencies } from "./looks.ts";
import { createPromotionRecords } from "./promotion-records.ts";
import {
  createPromotionRequests,
  type PromotionRequests,
  type PromotionRequestsDependencies,
} from "./promotion-requests.ts";
import { promotionView } from "./promotion-view.ts";
import { createTrunkLines } from "./trunk-line.ts";

export interface PromotionsDependencies
  extends Omit<LooksDependencies, "freezes" | "hydrator" | "coverage" | "checks">,
    Omit<BranchMovesDependencies, "freezes">,
    PromotionRequestsDependencies {
  /** For environments whose branches hold what commits render to. */
  readonly renderer: Renderer;
  readonly store: HubStore;
  readonly freezes: Freezes;
  readonly checkGate: CheckGate;
}

/**
 * Takes commits from one environment to the next, as their gates allow. A compare-and-swap moves a branch, so that any number
 * of hubs and people may try at once and any of them may die at any line: one promotion comes of it, or none.
 */
export interface Promotions extends PromotionRequests, Pick<Looks, "look">, Pick<Freezes, "freeze" | "unfreeze"> {
  /** What the last run of the hub knew. */
  load(): Promise<void>;
  views(filter: ViewFilter): readonly PromotionView[];
  /** Newest first. */
  history(environment: string): readonly PromotionRecordView[];
  /** Resolves when what somebody else pushed there is part of the history. */
  recall(environment: string): Promise<void>;
}

export function createPromotions(dependencies: PromotionsDependencies): Promotions {
  const { state, git, store, clock, trunk, freezes } = dependencies;
  const records = createPromotionRecords(store, clock);
  const changed = (environment: string) => state.announce({ kind: "environment", environment });
  const shared = {
    ...dependencies,
    freezes: freezes.recall,
    hydrator: createHydrator(dependencies),
    coverage: createCoverage(),
    checks: createChecks({ ...dependencies, check: dependencies.checkGate, changed }),
  };
  const moves = createBranchMoves(shared, records);
  const readLine = createTrunkLines(git, createSourceOf(git), trunk);
  const memory = createGitMemory(dependencies, records);
  const looks = createLooks(shared, records, moves, memory, readLine);

  /** Who freezes and asks sees it at every gate. */
  async function showAll(environment: string | undefined): Promise<void> {
    for (const name of environment === undefined ? state.environments.keys() : [environment]) await looks.show(name);
  }

  return {
    ...createPromotionRequests(dependencies, records, moves, memory, looks, readLine),
    async load() {
      await records.load();
      await freezes.recall();
    },
    look: looks.look,
    async freeze(environment, options) {
      const freeze = await freezes.freeze(environment, options);
      await moves.idle();
      await showAll(environment);
      return freeze;
    },
    async unfreeze(environment, options) {
      await freezes.unfreeze(environment, options);
      await showAll(environment);
    },
    views: (filter) =>
      [...state.environments.values()].flatMap(({ environment }) => {
        const { name } = environment;
        if ((filter.environment ?? name) !== name || (filter.name ?? name) !== name) return [];
        const view = promotionView(environment, looks.found.get(name), records.get(name));
        return view === undefined ? [] : [view];
      }),
    async recall(environment) {
      await git.fetch();
      await memory.recall(environment);
    },
    history: (environment) => [...records.get(environment).history].reverse(),
  };
}
