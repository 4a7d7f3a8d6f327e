import { count, type Draft, type DraftWave, enter, note } from "./draft.ts";
import { type Split, splitIntoWaves } from "./split.ts";
import type { ClusterPhase, ClusterProgress, DebtReason, Run, WaveProgress } from "./state.ts";
import { queuesOf, wavePolicy } from "./waves.ts";

/** The only wave of a rollback. */
const rollbackWave = "rollback";

/** Splits the environment's clusters for the run, anew if need be: what they reached and which waves have passed is kept. */
export function makeWaves(draft: Draft): void {
  const { run, state } = draft;
  if (run === undefined) return;
  const entries = [...draft.clusters()];
  const isNew = run.waves.length === 0;
  const split = run.kind === "rollback" ? touched(entries, state.released) : forward(draft, entries);
  const error = split.problems.find(({ severity }) => severity === "error");
  if (error !== undefined && isNew) {
    if (run.phase.name === "blocked" && run.phase.reason === error.message) return;
    enter(draft, { name: "blocked", since: draft.at, reason: error.message }, { reason: error.message });
    return;
  }
  for (const { message } of split.problems) note(draft, "warning", { reason: message });

  const before = new Map(run.waves.map((wave) => [wave.name, wave]));
  const currentName = run.waves[run.wave]?.name;
  const waveOf = new Map(split.waves.flatMap(({ names }, index) => names.map((name) => [name, index] as const)));
  // Without waves nothing is counted: the counters start when all clusters know their place.
  run.waves = [];
  run.pulling = {};
  const place = isNew ? started : kept;
  for (const [name, entry] of entries) draft.setCluster(name, place(draft, run, entry, waveOf.get(name) ?? -1));
  const label = state.policy.pacing.registry?.label;
  run.waves = split.waves.map(({ name, names }): DraftWave => {
    // Clusters that are unhealthy by our doing come first: telling them costs no availability.
    const disturbed = names.filter((each) => draft.cluster(each)?.disturbed === true);
    const others = names.filter((each) => draft.cluster(each)?.disturbed !== true);
    return waveFrom(before.get(name), name, queuesOf([...disturbed, ...others], draft.cluster, label));
  });
  for (const [name] of entries) {
    const entry = draft.cluster(name);
    if (entry !== undefined) count(draft, entry, 1);
  }
  if (!isNew) goOnAt(draft, currentName);
  else if (run.phase.name === "blocked") enter(draft, { name: "waiting", since: draft.at });
}

function waveFrom(before: WaveProgress | undefined, name: string, queues: WaveProgress["queues"]): DraftWave {
  return {
    name,
    status: before?.status ?? "pending",
    counts: { waiting: 0, updating: 0, healthy: 0, failed: 0, debt: 0 },
    disturbed: 0,
    told: before?.told ?? 0,
    queues,
    late: { registry: "", names: [], next: 0 },
    startedAt: before?.startedAt,
    nextStartAt: before?.nextStartAt ?? 0,
    sweepAt: undefined,
  };
}

/** The first wave that has not passed is the current one. It starts anew if it is another than before, or has gates to ask. */
function goOnAt(draft: Draft, currentName: string | undefined): void {
  const { run } = draft;
  if (run === undefined) return;
  if (run.phase.name === "done" || run.phase.name === "aborted") {
    for (const wave of run.waves) if (wave.status !== "skipped") wave.status = "passed";
    return;
  }
  const first = run.waves.findIndex(({ status }) => status === "pending" || status === "current");
  run.wave = first === -1 ? run.waves.length : first;
  for (const [index, wave] of run.waves.entries())
    if (index > run.wave && wave.status === "current") wave.status = "pending";
  const running = ["blocked", "waiting", "updating", "baking", "verifying"].includes(run.phase.name);
  const wave = run.waves[run.wave];
  const asksAgain =
    wave !== undefined &&
    wavePolicy(draft, run.wave).before.some((gate) => run.gates[`${wave.name}/before/${gate}`]?.state !== "passed");
  if (running && run.phase.name !== "waiting" && (wave?.name !== currentName || asksAgain)) {
    enter(draft, { name: "waiting", since: draft.at });
  }
}

function forward(draft: Draft, entries: readonly (readonly [string, ClusterProgress])[]): Split {
  return splitIntoWaves(
    draft.state.policy,
    entries.map(([name, { labels, online }]) => ({ name, labels, online })),
  );
}

/** A rollback concerns the clusters that were told something else than what was last released. */
function touched(entries: readonly (readonly [string, ClusterProgress])[], released: string | undefined): Split {
  const names = entries
    .filter(([, { assigned }]) => assigned !== undefined && assigned !== released)
    .map(([name]) => name)
    .sort();
  return { waves: [{ name: rollbackWave, names }], problems: [] };
}

/** Where a cluster stands when a run starts. */
function started(draft: Draft, run: Run, entry: ClusterProgress, wave: number): ClusterProgress {
  const { labels, online, assigned, reported, suspended, held } = entry;
  const disturbed =
    entry.debt === undefined && (entry.disturbed === true || entry.phase === "updating" || entry.phase === "failed");
  const known: ClusterProgress = {
    labels,
    online,
    wave,
    phase: "healthy",
    since: draft.at,
    ...(assigned === undefined ? {} : { assigned }),
    ...(reported === undefined ? {} : { reported }),
    ...(suspended === undefined ? {} : { suspended }),
    ...(held === undefined ? {} : { held }),
  };
  if (wave < 0) return known;
  if (assigned === run.revision) return { ...known, phase: phaseByReport(known) };
  const debt = debtOf(draft, run, entry);
  if (debt !== undefined) return { ...known, phase: "debt", debt, queued: true };
  return { ...known, phase: "waiting", queued: true, ...(disturbed ? { disturbed } : {}) };
}

/** Where a cluster stands when the waves change while the run goes on. */
function kept(draft: Draft, run: Run, entry: ClusterProgress, wave: number): ClusterProgress {
  if (wave < 0) return { ...entry, wave };
  if (entry.wave < 0) return started(draft, run, entry, wave);
  return entry.phase === "waiting" || entry.phase === "debt" ? { ...entry, wave, queued: true } : { ...entry, wave };
}

/** Why it cannot take its turn now; undefined: it can, or is waited for. */
export function debtOf({ state }: Draft, run: Run, entry: ClusterProgress): DebtReason | undefined {
  if (entry.suspended !== undefined) return "suspended";
  if (entry.held?.revision === run.revision) return "held";
  return !entry.online && state.policy.offline === "skip" ? "offline" : undefined;
}

/** What the last report says about the revision that the cluster was told. */
export function phaseByReport({ assigned, reported }: ClusterProgress): ClusterPhase {
  if (reported === undefined || reported.revision !== assigned) return "updating";
  if (reported.health === "Degraded") return "failed";
  const well = reported.health === "Healthy" || reported.health === "Suspended";
  return reported.applied && well ? "healthy" : "updating";
}
