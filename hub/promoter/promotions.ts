import type { PromotionRecordView, PromotionView } from "../../common/domain/index.ts";
import type { CheckGate } from "../gates/index.ts";
import { createHydrator, createSourceOf } from "../hydrate/index.ts";
import type { Forge, HubStore, Renderer, Revision } from "../ports.ts";
import type { ViewFilter } from "../surfaces.ts";
import { createAtForge, type ForgeHint } from "./at-forge.ts";
import { type BranchMovesDependencies, createBranchMoves } from "./branch-moves.ts";
import { createChecks } from "./checks.ts";
import { createCoverage } from "./coverage.ts";
import type { Freezes } from "./freezes.ts";
import { createGitMemory } from "./git-memory.ts";
import { createLooks, type Looks, type LooksDependencies } from "./looks.ts";
import type { MoveHealths } from "./move-health.ts";
import { createPromotionRecords } from "./promotion-records.ts";
import {
  createPromotionRequests,
  type PromotionRequests,
  type PromotionRequestsDependencies,
} from "./promotion-requests.ts";
import { promotionView } from "./promotion-view.ts";
import { rememberMerge } from "./remember-merge.ts";
import { createCompareRendered } from "./rendered-changes.ts";
import { createTrunkLines } from "./trunk-line.ts";

export interface PromotionsDependencies
  extends Omit<LooksDependencies, "freezes" | "hydrator" | "coverage" | "checks" | "gatesAtForge" | "judged">,
    Omit<BranchMovesDependencies, "freezes" | "atForge">,
    PromotionRequestsDependencies {
  /** For environments whose branches hold what commits render to. */
  readonly renderer: Renderer;
  readonly store: HubStore;
  readonly freezes: Freezes;
  readonly checkGate: CheckGate;
  /** Undefined: this hub has none. */
  readonly forge: Forge | undefined;
  /** Where people see an environment; undefined: nobody said. */
  readonly link: (environment: string) => string | undefined;
  /** Judge an environment again, soon. */
  readonly wake: (environment: string) => void;
}

/**
 * Takes commits from one environment to the next, as their gates allow. A compare-and-swap moves a branch, so that any number
 * of hubs and people may try at once and any of them may die at any line: one promotion comes of it, or none.
 */
export interface Promotions extends PromotionRequests, Pick<Looks, "look">, Pick<Freezes, "freeze" | "unfreeze"> {
  /** What the last run of the hub knew. */
  load(): Promise<void>;
  views(filter: ViewFilter): readonly PromotionView[];
  /** fleet.yaml may have changed. */
  review(): void;
  /** Something happened at the forge. */
  hint(hint: ForgeHint): void;
  /** Resolves when nothing is under way at the forge. */
  idle(): Promise<void>;
  /** Newest first. */
  history(environment: string): readonly PromotionRecordView[];
  /** Who takes, or took, the branch there; undefined: it is not known. */
  movedBy(environment: string, revision: Revision): string | undefined;
  /** Resolves when no promotion that this hub has begun is under way any more. */
  unmoved(): Promise<void>;
  /** How the environment did with the tips of its branch. */
  healths(environment: string): MoveHealths;
  /** Resolves when what somebody else pushed there is part of the history, and shown. */
  recall(environment: string): Promise<void>;
}

export function createPromotions(dependencies: PromotionsDependencies): Promotions {
  const { state, git, store, clock, trunk, freezes, ledger } = dependencies;
  const records = createPromotionRecords(store, clock);
  const changed = (environment: string) => state.announce({ kind: "environment", environment });
  const atForge = createAtForge({
    ...dependencies,
    compareRendered: createCompareRendered(dependencies),
    merged: (name, pull, merge) => rememberMerge({ records, ledger, clock }, name, pull, merge),
  });
  const shared = {
    ...{ ...dependencies, freezes: freezes.recall, atForge },
    hydrator: createHydrator(dependencies),
    coverage: createCoverage(),
    checks: createChecks({ ...dependencies, check: dependencies.checkGate, changed }),
    gatesAtForge: atForge.gates,
    judged: atForge.judged,
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
      await atForge.load();
    },
    hint: atForge.hint,
    review: atForge.review,
    idle: atForge.idle,
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
        const view = promotionView(environment, looks.found.get(name), records.get(name), atForge.url(name));
        return view === undefined ? [] : [view];
      }),
    async recall(environment) {
      await git.fetch();
      await memory.recall(environment);
      await looks.show(environment);
    },
    movedBy(environment, revision) {
      const { moving, history } = records.get(environment);
      return [...history, ...moving].findLast(({ to }) => to === revision)?.actor;
    },
    unmoved: moves.idle,
    healths: (environment) => records.get(environment).healths ?? {},
    history: (environment) => [...records.get(environment).history].reverse(),
  };
}
