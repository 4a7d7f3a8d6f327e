import type { Clock } from "../../common/async/index.ts";
import type { Freeze } from "../../common/domain/index.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { noteSource } from "../hydrate/index.ts";
import type { GitSource, Revision } from "../ports.ts";
import { unmet } from "../promotion/index.ts";
import { assess } from "./assess.ts";
import type { AssessDependencies, Assessment } from "./assessment.ts";
import type { BranchMoves } from "./branch-moves.ts";
import { type BranchSight, type BranchWatchDependencies, createBranchWatch } from "./branch-watch.ts";
import { lookAt } from "./evidence.ts";
import { withLook } from "./gate-waits.ts";
import type { GitMemory } from "./git-memory.ts";
import { withHealth } from "./move-health.ts";
import { createNags, type NagsDependencies } from "./nags.ts";
import { type PromotionRecord, withProof } from "./promotion-record.ts";
import type { PromotionRecords } from "./promotion-records.ts";
import { type RestoreDependencies, restoreBranch } from "./restore-branch.ts";
import type { TrunkLine } from "./trunk-line.ts";

/** A soak is looked at, and what is known of it stored, at least so often. */
export const soakLookMs = 5_000;
const automation = "drover";

export interface LooksDependencies
  extends AssessDependencies,
    BranchWatchDependencies,
    NagsDependencies,
    RestoreDependencies {
  readonly log: Logger;
  readonly git: GitSource;
  readonly clock: Clock;
  /** As stored now, and in the fleet's state from then on. */
  readonly freezes: () => Promise<readonly Freeze[]>;
  /** Told of everything that was judged; must not wait for anything. */
  readonly judged: (environment: string, found: Assessment | undefined) => void;
}

/** Judges the ways into environments. */
export interface Looks {
  /** What was found last, by environment. */
  readonly found: ReadonlyMap<string, Assessment>;
  /** What is true now; undefined for an environment that nothing is promoted into, or while Git was not read. */
  assess(environment: string, revision?: Revision): Promise<Assessment | undefined>;
  /** Judges, and shows what came of it. */
  show(environment: string): Promise<Assessment | undefined>;
  /** Shows, and moves the branch when it may go. Returns when to look again if nothing changes; undefined: never. */
  look(environment: string): Promise<number | undefined>;
}

export function createLooks(
  dependencies: LooksDependencies,
  records: PromotionRecords,
  moves: BranchMoves,
  memory: GitMemory,
  readLine: () => Promise<TrunkLine | undefined>,
): Looks {
  const { state, clock, coverage } = dependencies;
  const watch = createBranchWatch(dependencies);
  const nags = createNags(dependencies, records);
  const sights = new Map<string, BranchSight>();
  const assessments = new Map<string, Assessment>();

  async function assessNow(name: string, revision?: Revision): Promise<Assessment | undefined> {
    const environment = state.environments.get(name)?.environment;
    const line = await readLine();
    if (environment === undefined || line === undefined) return undefined;
    await records.recall(name);
    if (environment.promotion === undefined) {
      await memory.recall(name);
      return undefined;
    }
    await dependencies.freezes();
    await moves.settle(name);
    await memory.recall(name);
    await memory.tell(name);
    const sight = await watch.look(environment, records.get(name), line);
    if (sight.seen !== records.get(name).seen)
      await records.change(name, (current) => ({ ...current, seen: sight.seen }));
    const record = records.get(name);
    const now = clock.now();
    const isContinuous = assessments.has(name);
    const found = await assess(dependencies, {
      environment,
      records: records.known,
      line,
      now,
      isContinuous,
      sight,
      revision,
    });
    sights.set(name, sight);
    // What somebody asks about is not what goes next.
    const waits =
      revision === undefined ? withLook(record.waits, found.candidate?.commit, found.gates, now) : record.waits;
    const healths = withHealth(record.healths, lookAt(state, dependencies.clusters, name), now);
    const isNoted = waits === record.waits && healths === record.healths;
    const isDue = isSoaking(found) && records.sinceStored(name) >= soakLookMs;
    if (found.proofs.length > 0 || isDue || isNews(record, found) || !isNoted) {
      await records.change(name, (current) =>
        found.proofs.reduce(withProof, { ...current, upstreams: found.upstreams, waits, healths }),
      );
    } else records.keepUpstreams(name, found.upstreams);
    return found;
  }

  async function show(name: string): Promise<Assessment | undefined> {
    const before = assessments.get(name);
    const found = await assessNow(name);
    if (found === undefined) assessments.delete(name);
    else assessments.set(name, found);
    const { tip, same } = found ?? {};
    const isCovered = tip !== undefined && same !== undefined && coverage.set(name, tip, same.commit);
    // For those behind it.
    if (isCovered) {
      state.announce({ kind: "environment", environment: name });
      const isRendered = state.environments.get(name)?.environment.promotion?.branch === "rendered";
      if (isRendered) await noteSource(dependencies, tip, same.commit);
    }
    dependencies.judged(name, found);
    const shown = (each: Assessment | undefined) => JSON.stringify([each?.gates, each?.problems]);
    if (JSON.stringify(state.branchProblems.get(name) ?? []) !== JSON.stringify(found?.problems ?? [])) {
      state.branchProblems.set(name, found?.problems ?? []);
      state.announce({ kind: "environment", environment: name });
    }
    if (shown(before) !== shown(found)) state.announce({ kind: "promotion", environment: name });
    return found;
  }

  return {
    found: assessments,
    assess: assessNow,
    show,
    async look(name) {
      const found = await show(name);
      if (found === undefined) return undefined;
      const { candidate, gates } = found;
      const environment = state.environments.get(name)?.environment;
      const sight = sights.get(name);
      const mode = environment?.promotion?.mode;
      const times = gates.flatMap(({ until }) => until ?? []);
      if (isSoaking(found) && times.length > 0) times.push(clock.now() + soakLookMs);
      if (environment !== undefined && sight !== undefined) {
        const { restore } = sight;
        times.push(...[await nags.look(environment, sight)].filter((at) => at !== undefined));
        if (restore !== undefined) await restoreBranch(dependencies, environment, restore);
      }
      const isDue = candidate !== undefined && mode === "auto" && unmet(gates).length === 0;
      if (isDue) await moves.move(name, found, { actor: automation, bypassed: [], reason: "" });
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}

const isSoaking = ({ upstreams }: Assessment) => Object.values(upstreams).some(({ soak }) => soak?.since !== undefined);

/** More than that time has passed. */
function isNews({ upstreams: before }: PromotionRecord, { upstreams: after }: Assessment): boolean {
  return Object.entries(after).some(([name, now]) => {
    const then = before[name];
    return (
      then?.changedAt !== now.changedAt ||
      then?.soak?.content !== now.soak?.content ||
      then?.soak?.since !== now.soak?.since
    );
  });
}
