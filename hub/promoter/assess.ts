import type { Revision } from "../ports.ts";
import {
  approvalGate,
  type Change,
  choose,
  failed,
  freezeGate,
  type Gate,
  obstacles,
  unmet,
  waiting,
  windowGate,
} from "../promotion/index.ts";
import type { AssessDependencies, Assessment, AssessRequest } from "./assessment.ts";
import { holdGate, quarantine } from "./branch-gates.ts";
import { explicitly, isOffPath, offTrunk } from "./off-path.ts";
import { emptyRecord, madeTip } from "./promotion-record.ts";
import type { TrunkLine } from "./trunk-line.ts";
import { newestOf, readUpstreams, type Upstream } from "./upstreams.ts";
import { wayInto } from "./way.ts";

export async function assess(dependencies: AssessDependencies, request: AssessRequest): Promise<Assessment> {
  const { state, clusters, git } = dependencies;
  const { environment, records, line, now } = request;
  const { name, from, promotion, branch } = environment;
  const [first = ""] = from;
  if (promotion === undefined) throw new RangeError(`Nothing is promoted into "${name}"`);
  const record = records.get(name) ?? emptyRecord;
  const tip = git.branches().get(branch);
  const running = await newestOf(dependencies, line, name, tip);
  const upstreams = await readUpstreams(dependencies, request, running);
  const known = {
    upstreams: Object.fromEntries(upstreams.map((each) => [each.name, each.record])),
    proofs: upstreams.flatMap(({ proof }) => proof ?? []),
    tip,
    problems: request.sight.problems,
  };
  const gatesOf = (change: Change) => upstreams.flatMap((each) => each.gates(change));
  const newest = upstreams
    .flatMap((each) => each.newest ?? [])
    .reduce<Change | undefined>(
      (best, each) => (best === undefined || each.ordinal > best.ordinal ? each : best),
      undefined,
    );

  const quarantines = [name, ...environment.from].map((each) => quarantine(dependencies, line, each));
  const quarantined = (await Promise.all(quarantines)).flat();
  const choice = choose(
    promotion.order === "batch" ? { kind: "batch", windowMs: promotion.windowMs } : { kind: promotion.order },
    {
      proven: await provenIn(upstreams, line),
      running,
      quarantined: new Set(quarantined.map(({ tree }) => tree)),
      lastMovedAt: timeOf(record.history.at(-1)?.at),
      now,
    },
  );
  const isAhead = newest !== undefined && (running === undefined || newest.ordinal > running.ordinal);
  const chosen = request.revision === undefined ? undefined : await chosenBy(dependencies, request, request.revision);
  const isExplicit = chosen !== undefined && isOffPath(chosen, upstreams);
  const needed = isExplicit ? Math.max(1, promotion.approvals) : promotion.approvals;
  const candidate = chosen ?? choice.change ?? (isAhead ? newest : undefined);
  const branchGates = request.sight.gate === undefined ? [] : [request.sight.gate];
  const nothing = { ...known, candidate: undefined, next: "none", made: undefined, content: "" } as const;
  if (candidate === undefined) return { ...nothing, same: undefined, gates: branchGates };

  const {
    next,
    gate,
    content,
    commit: made,
  } = await wayInto(dependencies, environment, {
    tip,
    running,
    candidate,
    last: madeTip(record),
  });
  if (next === "none") {
    const isFinished = candidate === choice.change || candidate === chosen;
    return { ...nothing, same: isFinished ? candidate : undefined, gates: branchGates };
  }
  // Who has rolled it back themselves may bring it again, as the hold says.
  const isAsked = request.revision !== undefined;
  const bad = quarantined.find(({ tree, by }) => tree === candidate.tree && !(isAsked && by !== undefined));
  const approved = approvalGate(record.approvals, candidate, content, needed);
  const settled: Gate[] = [
    ...gatesOf(candidate),
    ...(choice.until === undefined ? [] : [waiting("batch", choice.reason, choice.until)]),
    freezeGate(state.freezes, name, now),
    windowGate(promotion.windows, now),
    isExplicit ? explicitly(approved, name, candidate) : approved,
    await holdGate(dependencies, environment, tip),
    ...branchGates,
    ...(bad === undefined
      ? []
      : [failed("quarantine", bad.by === undefined ? `Was rolled back: ${bad.reason}` : `Was ${bad.reason}`)]),
    gate,
    ...dependencies.gatesAtForge(environment, candidate),
  ];
  // Who names a commit may go past some of them: what stands in the way of automation is not due for it.
  const open = request.revision === undefined ? unmet(settled) : obstacles(settled, past).closed;
  const checks = dependencies.checks.gates({
    environment: name,
    checks: promotion.checks,
    commit: candidate.commit,
    isDue: open.length === 0 && promotion.mode !== "never",
    upstream: { environment: first, clusters: clusters({ environment: first }).map((cluster) => cluster.name) },
  });
  return { ...known, candidate, next, made, content, same: undefined, gates: [...settled, ...checks] };
}

const past = { isNamed: true, isEmergency: true };

/** Where a branch is a pointer, somebody may name what the trunk does not have. */
async function chosenBy(
  { git }: AssessDependencies,
  { line, environment }: AssessRequest,
  revision: Revision,
): Promise<Change | undefined> {
  const found = await line.find(revision);
  return found ?? (environment.promotion?.branch === "pointer" ? offTrunk(git, revision) : undefined);
}

/** Commits that every upstream environment has finished with, or would let through as it is now. */
async function provenIn(upstreams: readonly Upstream[], line: TrunkLine): Promise<readonly Change[]> {
  const commits = new Set(upstreams.flatMap(({ proven }) => proven));
  const changes = await Promise.all([...commits].map((commit) => line.find(commit)));
  const isProven = (change: Change) => upstreams.every((each) => unmet(each.gates(change)).length === 0);
  return changes.filter((change) => change !== undefined).filter(isProven);
}

function timeOf(at: string | undefined): number | undefined {
  return at === undefined ? undefined : Date.parse(at);
}
