import type { Environment } from "../../common/domain/index.ts";
import { proposedBranch } from "../hydrate/index.ts";
import type { Revision } from "../ports.ts";
import {
  type Change,
  type Gate,
  passed,
  type Stage,
  soakAfter,
  soakGate,
  stageHealth,
  unmet,
  upstreamGate,
} from "../promotion/index.ts";
import type { AssessDependencies, AssessRequest } from "./assessment.ts";
import { type Look, lookAt } from "./evidence.ts";
import { emptyRecord, type Proof, type UpstreamRecord } from "./promotion-record.ts";
import type { TrunkLine } from "./trunk-line.ts";

/** One of the environments that changes come from: as it is now, and what it has finished with. */
export interface Upstream {
  readonly name: string;
  /** What is known of it after this look. */
  readonly record: UpstreamRecord;
  /** What it is at. */
  readonly newest: Change | undefined;
  /** Commits that it has finished with. */
  readonly proven: readonly Revision[];
  /** News: it has finished with this one. */
  readonly proof: Proof | undefined;
  /** What it says about a commit: as it was proven, else as it is now. */
  gates(change: Change): readonly Gate[];
}

/** The environments right before one; `running`: what that one runs. */
export async function readUpstreams(
  dependencies: AssessDependencies,
  request: AssessRequest,
  running: Change | undefined,
): Promise<readonly Upstream[]> {
  const { environment } = request;
  const looks = new Map<string, Look>();
  const lookOf = (name: string) => {
    const look = looks.get(name) ?? lookAt(dependencies.state, dependencies.clusters, name);
    looks.set(name, look);
    return look;
  };
  const stageOf = createStages(dependencies, request, lookOf);
  return Promise.all(
    environment.from.map(async (name) =>
      readUpstream(
        dependencies,
        request,
        { name, look: lookOf(name), stage: await stageOf(environment, name) },
        running,
      ),
    ),
  );
}

async function readUpstream(
  dependencies: AssessDependencies,
  request: AssessRequest,
  { name, look, stage }: { readonly name: string; readonly look: Look; readonly stage: Stage },
  running: Change | undefined,
): Promise<Upstream> {
  const { environment, records, line, now } = request;
  const { soakMs = 0, quorumPercent = 100 } = environment.promotion ?? {};
  const before = records.get(environment.name) ?? emptyRecord;
  const { isWell } = stageHealth(look, quorumPercent);
  const record = recordAfter(before.upstreams[name], look, isWell, request);
  const newest = await newestOf(dependencies, line, name, look.revision);
  const known = new Map(before.proven.flatMap((each) => (each.upstream === name ? [[each.commit, each]] : [])));
  // What it is called where there is only one, scripts know.
  const suffix = environment.from.length === 1 ? "" : `/${name}`;

  const live = (change: Change): readonly Gate[] =>
    [
      upstreamGate({ change: change.ordinal, sameAs: change.ordinal, running: running?.ordinal }, [stage]),
      soakGate(record.soak, look.content, soakMs, now),
    ].map((gate) => ({ ...gate, name: `${gate.name}${suffix}` }));

  const newestGates = newest === undefined ? [] : live(newest);
  const isNews = newest !== undefined && unmet(newestGates).length === 0 && !known.has(newest.commit);
  const proof = isNews
    ? { upstream: name, commit: newest.commit, reasons: newestGates.map(({ reason }) => reason) }
    : undefined;
  if (proof !== undefined) known.set(proof.commit, proof);
  return {
    name,
    record,
    newest,
    proven: [...known.keys()],
    proof,
    gates(change) {
      const proven = known.get(change.commit);
      // What it has gone back from counts no more.
      if (proven === undefined || (newest !== undefined && newest.ordinal < change.ordinal)) return live(change);
      const [upstream = "", soak = ""] = proven.reasons;
      return [passed(`upstream${suffix}`, upstream), passed(`soak${suffix}`, soak)];
    },
  };
}

function recordAfter(
  before: UpstreamRecord | undefined,
  { content, revision }: Look,
  isWell: boolean,
  { now, isContinuous }: AssessRequest,
): UpstreamRecord {
  const soak = soakAfter(before?.soak, { content, isWell, now, isContinuous });
  const isSame = before?.soak?.content === content && before.changedAt !== undefined;
  return { soak, changedAt: isSame ? before.changedAt : revision };
}

/** What stages an environment's changes pass on their way; each is read once. */
function createStages(
  dependencies: AssessDependencies,
  request: AssessRequest,
  lookOf: (environment: string) => Look,
): (environment: Environment, from: string) => Promise<Stage> {
  const { state } = dependencies;
  const { environment, records, line } = request;
  const known = new Map<string, Promise<Stage>>();

  async function read(downstream: Environment, name: string): Promise<Stage> {
    const look = lookOf(name);
    const health = stageHealth(look, downstream.promotion?.quorumPercent ?? 100);
    const stored = (records.get(downstream.name) ?? emptyRecord).upstreams[name];
    const isNearest = downstream.name === environment.name;
    const { changedAt } = isNearest
      ? recordAfter(stored, look, health.isWell, request)
      : (stored ?? { changedAt: undefined });
    const covers = (await newestOf(dependencies, line, name, look.revision))?.ordinal;
    const itself = state.environments.get(name)?.environment;
    const changed = changedAt === undefined ? covers : ((await line.find(changedAt, itself))?.ordinal ?? covers);
    const progress = await progressOf(dependencies, itself, line, covers);
    const before = await Promise.all((itself?.from ?? []).map((each) => stageOf(itself as Environment, each)));
    return { environment: name, covers, changed, health, ...progress, before };
  }

  function stageOf(downstream: Environment, name: string): Promise<Stage> {
    const key = `${downstream.name} ${name}`;
    const found = known.get(key) ?? read(downstream, name);
    known.set(key, found);
    return found;
  }
  return stageOf;
}

/** The newest commit of the trunk that an environment's commit stands for. */
export async function newestOf(
  { coverage, state }: Pick<AssessDependencies, "coverage" | "state">,
  line: TrunkLine,
  environment: string,
  revision: Revision | undefined,
): Promise<Change | undefined> {
  return revision === undefined
    ? undefined
    : line.find(coverage.get(environment, revision) ?? revision, state.environments.get(environment)?.environment);
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
