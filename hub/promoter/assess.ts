import type { Environment } from "../../common/domain/index.ts";
import type { FleetState } from "../desk/index.ts";
import type { FleetQueries, GitSource, Revision } from "../ports.ts";
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
import { holdGate, lineGate, quarantine } from "./branch-gates.ts";
import { type Look, lookAt } from "./evidence.ts";
import { type NextTip, nextTip } from "./next-tip.ts";
import { emptyRecord, type PromotionRecord, type Proof, type UpstreamRecord } from "./promotion-record.ts";
import type { TrunkLine } from "./trunk-line.ts";

export interface AssessDependencies {
  readonly state: FleetState;
  readonly clusters: FleetQueries["clusters"];
  readonly git: GitSource;
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
  /** How the branch comes to have it. */
  readonly next: NextTip;
  readonly gates: readonly Gate[];
}

export async function assess(dependencies: AssessDependencies, request: AssessRequest): Promise<Assessment> {
  const { state, clusters, git } = dependencies;
  const { environment, records, line, now } = request;
  const { name, from = "", promotion, branch } = environment;
  if (promotion === undefined) throw new RangeError(`Nothing is promoted into "${name}"`);
  const record = records.get(name) ?? emptyRecord;
  const tip = git.branches().get(branch);
  const running = tip === undefined ? undefined : await line.find(tip);

  const look = lookAt(state, clusters, from);
  const health = stageHealth(look, promotion.quorumPercent);
  const upstream = upstreamAfter(record.upstream, look, health.isWell, request);
  const newest = look.revision === undefined ? undefined : await line.find(look.revision);
  const stages: Stage[] = [];
  for (let at: Environment | undefined = environment; at?.from !== undefined; ) {
    const isNearest = at === environment;
    const seen = isNearest ? look : lookAt(state, clusters, at.from);
    const { changedAt } = isNearest ? upstream : (records.get(at.name) ?? emptyRecord).upstream;
    stages.push(await stageOf(line, at.from, seen, changedAt, at.promotion?.quorumPercent ?? 100));
    at = state.environments.get(at.from)?.environment;
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

  const quarantined = await quarantine(dependencies, name);
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
  if (candidate === undefined) return { upstream, proof, tip, candidate, next: "none", gates: [] };

  const next = await nextTip(git, tip, candidate);
  const bad = quarantined.find(({ tree }) => tree === candidate.tree);
  const proven = proofs.find(({ commit }) => commit === candidate.commit);
  const gates: Gate[] = [
    ...(proven === undefined
      ? gatesOf(candidate)
      : [passed("upstream", proven.reasons[0] ?? ""), passed("soak", proven.reasons[1] ?? "")]),
    ...(choice.until === undefined ? [] : [waiting("batch", choice.reason, choice.until)]),
    freezeGate(state.freezes, name, now),
    windowGate(promotion.windows, now),
    approvalGate(record.approvals, candidate, candidate.tree, promotion.approvals),
    await holdGate(dependencies, name, tip),
    ...(bad === undefined ? [] : [failed("quarantine", `Was rolled back: ${bad.reason}`)]),
    lineGate(branch, tip, candidate, next),
  ];
  return { upstream, proof, tip, candidate, next, gates };
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

async function stageOf(
  line: TrunkLine,
  environment: string,
  look: Look,
  changedAt: Revision | undefined,
  quorumPercent: number,
): Promise<Stage> {
  const covers = look.revision === undefined ? undefined : (await line.find(look.revision))?.ordinal;
  const changed = changedAt === undefined ? covers : ((await line.find(changedAt))?.ordinal ?? covers);
  // A branch is moved to a commit as a whole: what it has not reached was not looked at, what it has reached is taken.
  return { environment, processed: covers, pending: [], changed, covers, health: stageHealth(look, quorumPercent) };
}

function timeOf(at: string | undefined): number | undefined {
  return at === undefined ? undefined : Date.parse(at);
}
