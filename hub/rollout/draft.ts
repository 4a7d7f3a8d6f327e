import { clusterEntry, withClusterEntries } from "./cluster-table.ts";
import type { RolloutEffect } from "./effects.ts";
import type {
  ClusterPhase,
  ClusterProgress,
  Failure,
  GateProgress,
  Notice,
  PastRun,
  RolloutState,
  Run,
  RunPhase,
  WaveProgress,
} from "./state.ts";
import { wavePolicyOf } from "./wave-policy.ts";

const historyLimit = 200;
const pastLimit = 20;
const noticeLimit = 50;
const failureLimit = 20;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
export type DraftWave = Omit<Mutable<WaveProgress>, "counts"> & { counts: Record<ClusterPhase, number> };
export type DraftRun = Omit<Mutable<Run>, "waves" | "pulling" | "gates"> & {
  waves: DraftWave[];
  pulling: Record<string, number>;
  gates: Record<string, GateProgress>;
};

/** A state while one event is worked in: its small parts are copies that may be changed, its large ones are shared. */
export interface Draft {
  readonly at: number;
  readonly state: Mutable<Omit<RolloutState, "run" | "clusters">>;
  run: DraftRun | undefined;
  readonly effects: RolloutEffect[];
  readonly cluster: (name: string) => ClusterProgress | undefined;
  /** Keeps the counters of the run in step. Undefined removes. */
  readonly setCluster: (name: string, entry: ClusterProgress | undefined) => void;
  /** All clusters as they are now. */
  readonly clusters: () => IterableIterator<readonly [string, ClusterProgress]>;
  readonly finish: () => RolloutState;
}

export function createDraft(original: RolloutState, at: number): Draft {
  const { run, clusters: table, ...rest } = original;
  const changes = new Map<string, ClusterProgress | undefined>();
  const cluster = (name: string) => (changes.has(name) ? changes.get(name) : clusterEntry(table, name));
  const draft: Draft = {
    at,
    state: { ...rest },
    run: run === undefined ? undefined : draftRun(run),
    effects: [],
    cluster,
    setCluster(name, entry) {
      const before = cluster(name);
      if (before !== undefined) count(draft, before, -1);
      changes.set(name, entry);
      if (entry !== undefined) count(draft, entry, 1);
    },
    *clusters() {
      for (const part of table.parts) {
        for (const [name, entry] of Object.entries(part)) if (!changes.has(name)) yield [name, entry] as const;
      }
      for (const [name, entry] of changes) if (entry !== undefined) yield [name, entry] as const;
    },
    finish: () => ({ ...draft.state, run: draft.run, clusters: withClusterEntries(table, changes) }),
  };
  return draft;
}

function draftRun(run: Run): DraftRun {
  return {
    ...run,
    waves: run.waves.map((wave) => ({ ...wave, counts: { ...wave.counts } })),
    pulling: { ...run.pulling },
    gates: { ...run.gates },
  };
}

/** Adds a cluster to the counters of its wave, or takes it out. */
export function count({ run, state }: Draft, entry: ClusterProgress, by: 1 | -1): void {
  const wave = run?.waves[entry.wave];
  if (run === undefined || wave === undefined) return;
  wave.counts[entry.phase] += by;
  if (entry.disturbed === true && entry.phase === "waiting") wave.disturbed += by;
  const registry = registryOf(entry, state.policy.pacing.registry?.label);
  if (entry.phase !== "updating") return;
  if (registry !== "") run.pulling[registry] = (run.pulling[registry] ?? 0) + by;
  if (by === 1) wave.sweepAt ??= entry.since + wavePolicyOf(state.policy, run.kind, wave.name).progressDeadlineMs;
}

/** "": no budget is kept for it. */
export function registryOf({ labels }: ClusterProgress, label: string | undefined): string {
  return label === undefined ? "" : (labels[label] ?? "");
}

/** Changes single fields; undefined takes an optional one away. */
export function patchCluster(
  draft: Draft,
  name: string,
  patch: { readonly [Key in keyof ClusterProgress]?: ClusterProgress[Key] | undefined },
): void {
  const entry = draft.cluster(name);
  if (entry === undefined) return;
  const next: Record<string, unknown> = { ...entry, ...patch };
  for (const [key, value] of Object.entries(patch)) if (value === undefined) delete next[key];
  draft.setCluster(name, next as unknown as ClusterProgress);
}

/** The run goes on in another phase, which is told in the history. */
export function enter(
  draft: Draft,
  phase: RunPhase,
  because: { readonly actor?: string; readonly reason?: string } = {},
) {
  const { run } = draft;
  if (run === undefined) return;
  run.phase = phase;
  const wave = run.waves[run.wave]?.name;
  const inWave = wave !== undefined && ["waiting", "updating", "baking", "verifying"].includes(phase.name);
  note(draft, inWave ? `${phase.name} (wave "${wave}")` : phase.name, because);
}

export function note(
  draft: Draft,
  what: string,
  { actor = "drover", reason = "" }: { readonly actor?: string; readonly reason?: string } = {},
): void {
  const revision = draft.run?.revision ?? "";
  draft.state.transitions++;
  draft.state.history = last([...draft.state.history, { at: draft.at, revision, what, actor, reason }], historyLimit);
}

export function notify(draft: Draft, severity: Notice["severity"], message: string): void {
  draft.state.transitions++;
  const notice: Notice = {
    id: `${draft.state.environment}/${draft.state.transitions}`,
    at: draft.at,
    severity,
    message,
  };
  draft.state.notices = last([...draft.state.notices, notice], noticeLimit);
  draft.effects.push({ type: "notify", ...notice });
}

export function remember(draft: Draft, outcome: PastRun["outcome"], reason: string): void {
  const { run } = draft;
  if (run === undefined) return;
  const { id, revision, kind, startedAt } = run;
  const past: PastRun = { id, revision, kind, startedAt, endedAt: draft.at, outcome, reason };
  draft.state.past = last([...draft.state.past, past], pastLimit);
}

export function addFailure(run: DraftRun, failure: Failure): void {
  run.failures = last([...withoutFailure(run, failure.cluster), failure], failureLimit);
}

export function withoutFailure(run: DraftRun, cluster: string): readonly Failure[] {
  return run.failures.some((each) => each.cluster === cluster)
    ? run.failures.filter((each) => each.cluster !== cluster)
    : run.failures;
}

function last<T>(items: readonly T[], limit: number): readonly T[] {
  return items.length > limit ? items.slice(-limit) : items;
}
