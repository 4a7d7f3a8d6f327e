import type { Environment } from "../../common/domain/index.ts";
import type { FleetState } from "../desk/index.ts";
import { proposedBranch } from "../hydrate/index.ts";
import type { FleetQueries, Revision } from "../ports.ts";
import {
  approvalGate,
  type Change,
  choose,
  failed,
  freezeGate,
  type Gate,
  passed,
  type Stage,
  soakAfter,
  soakGate,
  stageHealth,
  unmet,
  upstreamGate,
  waiting,
  windowGate,
} from "../promotion/index.ts";
import { holdGate, quarantine } from "./branch-gates.ts";
import type { Coverage } from "./coverage.ts";
import { type Look, lookAt } from "./evidence.ts";
import type { NextTip } from "./next-tip.ts";
import { emptyRecord, type PromotionRecord, type Proof, type UpstreamRecord } from "./promotion-record.ts";
import type { TrunkLine } from "./trunk-line.ts";
import { type WayDependencies, wayInto } from "./way.ts";

export interface AssessDependencies extends WayDependencies {
  readonly state: FleetState;
  readonly clusters: FleetQueries["clusters"];
  readonly coverage: Coverage;
}

export interface AssessRequest {
  readonly environment: Environment;
  readonly records: ReadonlyMap<string, PromotionRecord>;
  readonly line: TrunkLine;
  readonly now: number;
  /** This hub has looked before: the time since then was watched. */
  readonly isContinuous: boolean;
  /** Somebody chose this one. */
  readonly revision?: Revision | undefined;
}

/** What may go into an environment, and what stands in the way. */
export interface Assessment {
  readonly upstream: UpstreamRecord;
  /** News: the upstream environment has finished with this commit. */
  readonly proof: Proof | undefined;
  /** Tip of the branch; undefined while there is none. */
  readonly tip: Revision | undefined;
  /** What goes next; undefined when nothing newer waits. */
  readonly candidate: Change | undefined;
  /** How the branch comes to have it, and the commit that it moves to where that was made before. */
  readonly next: NextTip;
  readonly made: Revision | undefined;
  /** Stands for what the branch would say then. */
  readonly content: string;
  /** What would go next, but that the branch says the same already: by the commits that upstream has finished with, or by request. */
  readonly same: Change | undefined;
  readonly gates: readonly Gate[];
}

export async function assess(dependencies: AssessDependencies, request: AssessRequest): Promise<Assessment> {
  const { state, clusters, git, coverage } = dependencies;
  const { environment, records, line, now } = request;
  const { name, from = "", promotion, branch } = environment;
  if (promotion === undefined) throw new RangeError(`Nothing is promoted into "${name}"`);
  const record = records.get(name) ?? emptyRecord;
  const tip = git.branches().get(branch);
  const newestOf = async (each: string, revision: Revision | undefined) =>
    revision === undefined
      ? undefined
      : line.find(coverage.get(each, revision) ?? revision, state.environments.get(each)?.environment);
  const running = await newestOf(name, tip);

  const look = lookAt(state, clusters, from);
  const health = stageHealth(look, promotion.quorumPercent);
  const upstream = upstreamAfter(record.upstream, look, health.isWell, request);
  const newest = await newestOf(from, look.revision);
  const stages: Stage[] = [];
  for (let at: Environment | undefined = environment; at?.from !== undefined; ) {
    const isNearest = at === environment;
    const seen = isNearest ? look : lookAt(state, clusters, at.from);
    const { changedAt } = isNearest ? upstream : (records.get(at.name) ?? emptyRecord).upstream;
    const covers = (await newestOf(at.from, seen.revision))?.ordinal;
    const stage = { environment: at.from, covers, health: stageHealth(seen, at.promotion?.quorumPercent ?? 100) };
    at = state.environments.get(at.from)?.environment;
    const changed = changedAt === undefined ? covers : ((await line.find(changedAt, at))?.ordinal ?? covers);
    stages.push({ ...stage, changed, ...(await progressOf(dependencies, at, line, covers)) });
  }

  const gatesOf = (change: Change): readonly Gate[] => [
    upstreamGate({ change: change.ordinal, sameAs: change.ordinal, running: running?.ordinal }, stages),
    soakGate(upstream.soak, look.content, promotion.soakMs, now),
  ];
  const newestGates = newest === undefined ? [] : gatesOf(newest);
  const isProven = newest !== undefined && unmet(newestGates).length === 0;
  const isNews = isProven && !record.proven.some(({ commit }) => commit === newest.commit);
  const proof = isNews ? { commit: newest.commit, reasons: newestGates.map(({ reason }) => reason) } : undefined;
  const proofs = proof === undefined ? record.proven : [...record.proven, proof];

  const quarantined = await quarantine(dependencies, line, name);
  const choice = choose(
    promotion.order === "batch" ? { kind: "batch", windowMs: promotion.windowMs } : { kind: promotion.order },
    {
      proven: (await Promise.all(proofs.map(({ commit }) => line.find(commit)))).filter((each) => each !== undefined),
      running,
      quarantined: new Set(quarantined.map(({ tree }) => tree)),
      lastMovedAt: timeOf(record.history.at(-1)?.at),
      now,
    },
  );
  const isAhead = newest !== undefined && (running === undefined || newest.ordinal > running.ordinal);
  const chosen = request.revision === undefined ? undefined : await line.find(request.revision);
  const candidate = chosen ?? choice.change ?? (isAhead ? newest : undefined);
  const nothing = { upstream, proof, tip, candidate: undefined, next: "none", made: undefined, content: "" } as const;
  if (candidate === undefined) return { ...nothing, same: undefined, gates: [] };

  const {
    next,
    gate,
    content,
    commit: made,
  } = await wayInto(dependencies, environment, {
    tip,
    running,
    candidate,
  });
  if (next === "none") {
    const isFinished = candidate === choice.change || candidate === chosen;
    return { ...nothing, same: isFinished ? candidate : undefined, gates: [] };
  }
  const bad = quarantined.find(({ tree }) => tree === candidate.tree);
  const proven = proofs.find(({ commit }) => commit === candidate.commit);
  const gates: Gate[] = [
    ...(proven === undefined
      ? gatesOf(candidate)
      : [passed("upstream", proven.reasons[0] ?? ""), passed("soak", proven.reasons[1] ?? "")]),
    ...(choice.until === undefined ? [] : [waiting("batch", choice.reason, choice.until)]),
    freezeGate(state.freezes, name, now),
    windowGate(promotion.windows, now),
    approvalGate(record.approvals, candidate, content, promotion.approvals),
    await holdGate(dependencies, name, tip),
    ...(bad === undefined ? [] : [failed("quarantine", `Was rolled back: ${bad.reason}`)]),
    gate,
  ];
  return { upstream, proof, tip, candidate, next, made, content, same: undefined, gates };
}

function upstreamAfter(
  before: UpstreamRecord,
  { content, revision }: Look,
  isWell: boolean,
  { now, isContinuous }: AssessRequest,
): UpstreamRecord {
  const soak = soakAfter(before.soak, { content, isWell, now, isContinuous });
  const isSame = before.soak?.content === content && before.changedAt !== undefined;
  return { soak, changedAt: isSame ? before.changedAt : revision };
}

/** How far an environment is with the commits that are on their way into it. */
async function progressOf(
  { git }: AssessDependencies,
  environment: Environment | undefined,
  line: TrunkLine,
  covers: number | undefined,
): Promise<Pick<Stage, "processed" | "pending">> {
  // A pointer is moved to a commit as a whole: what it has not reached was not looked at, what it has reached is taken.
  const proposal =
    environment?.promotion?.branch === "rendered" ? git.branches().get(proposedBranch(environment)) : undefined;
  const proposed = proposal === undefined ? undefined : (await line.find(proposal))?.ordinal;
  if (proposed === undefined || proposed <= (covers ?? 0)) return { processed: covers, pending: [] };
  return { processed: proposed, pending: [proposed] };
}

function timeOf(at: string | undefined): number | undefined {
  return at === undefined ? undefined : Date.parse(at);
}
