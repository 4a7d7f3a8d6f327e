import type { PromotionRecordView, PromotionView } from "../../common/domain/index.ts";
import type { HubStore, ViewFilter } from "../ports.ts";
import { type BranchMovesDependencies, createBranchMoves } from "./branch-moves.ts";
import { createLooks, type Looks, type LooksDependencies } from "./looks.ts";
import { createPromotionRecords, type PromotionRecords } from "./promotion-records.ts";
import {
  createPromotionRequests,
  type PromotionRequests,
  type PromotionRequestsDependencies,
} from "./promotion-requests.ts";
import { promotionView } from "./promotion-view.ts";
import { createTrunkLines } from "./trunk-line.ts";

export interface PromotionsDependencies
  extends LooksDependencies,
    BranchMovesDependencies,
    PromotionRequestsDependencies {
  readonly store: HubStore;
}

/**
 * Takes commits from one environment to the next, as their gates allow. A compare-and-swap moves a branch, so that any number
 * of hubs and people may try at once and any of them may die at any line: one promotion comes of it, or none.
 */
export interface Promotions extends PromotionRequests, Pick<Looks, "look">, Pick<PromotionRecords, "load"> {
  views(filter: ViewFilter): readonly PromotionView[];
  /** Newest first. */
  history(environment: string): readonly PromotionRecordView[];
}

export function createPromotions(dependencies: PromotionsDependencies): Promotions {
  const { state, git, store, clock, trunk } = dependencies;
  const records = createPromotionRecords(store, clock);
  const moves = createBranchMoves(dependencies, records);
  const readLine = createTrunkLines(git, trunk);
  const looks = createLooks(dependencies, records, moves, readLine);

  return {
    ...createPromotionRequests(dependencies, records, moves, looks, readLine),
    load: records.load,
    look: looks.look,
    views: (filter) =>
      [...state.environments.values()].flatMap(({ environment }) => {
        const { name } = environment;
        if ((filter.environment ?? name) !== name || (filter.name ?? name) !== name) return [];
        const view = promotionView(environment, looks.found.get(name), records.get(name));
        return view === undefined ? [] : [view];
      }),
    history: (environment) => [...records.get(environment).history].reverse(),
  };
}
