import { addFailure, type Draft, patchCluster, withoutFailure } from "./draft.ts";
import { debtOf, phaseByReport } from "./make-waves.ts";
import { waveFor } from "./split.ts";
import { tell } from "./start-clusters.ts";
import type { ClusterPhase, ClusterProgress, ClusterReport, DebtReason, Run } from "./state.ts";
import { enqueueLate } from "./waves.ts";

/** A cluster belongs to the environment from now on, or its labels changed. */
export function join(
  draft: Draft,
  event: {
    readonly cluster: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly online: boolean;
    readonly assigned?: string;
    readonly suspended?: string;
  },
): void {
  const { run, at, state } = draft;
  const { cluster: name, labels, online, assigned, suspended } = event;
  const known = draft.cluster(name);
  const wave = run === undefined || run.waves.length === 0 ? -1 : waveOf(draft, run, name, labels, known);
  if (known !== undefined) {
    // It left the queue of its old wave with this: that one skips what is not its own.
    patchCluster(draft, name, known.wave === wave ? { labels } : { labels, wave, queued: undefined });
    if (known.wave !== wave) enqueueLate(draft, name);
    presence(draft, name, online);
    return;
  }
  // Between rollouts all run what was released; during one the waves decide about those that run something.
  const released = suspended === undefined ? state.released : undefined;
  const told = run === undefined ? (released ?? assigned) : (assigned ?? released);
  const entry: ClusterProgress = {
    labels,
    wave,
    phase: "healthy",
    since: at,
    online,
    ...(told === undefined ? {} : { assigned: told }),
    ...(suspended === undefined ? {} : { suspended }),
  };
  draft.setCluster(name, entry);
  if (told !== undefined && assigned === undefined)
    draft.effects.push({ type: "assign", cluster: name, revision: told });
  if (run === undefined || wave < 0) return;
  if (told === run.revision) patchCluster(draft, name, { phase: "updating" });
  else if (suspended === undefined && state.policy.join === "current" && takesJoiners(run)) tell(draft, name);
  else awaitTurn(draft, name);
}

function waveOf(
  { state }: Draft,
  run: Run,
  name: string,
  labels: Readonly<Record<string, string>>,
  known: ClusterProgress | undefined,
): number {
  // A rollback is for those that were there.
  if (run.kind === "rollback") return known?.wave ?? -1;
  return waveFor(state.policy, { name, labels }, run.waves, known?.wave);
}

function takesJoiners({ phase }: Run): boolean {
  return phase.name !== "paused" && phase.name !== "reverting" && phase.name !== "aborted" && phase.name !== "blocked";
}

export function leave(draft: Draft, name: string): void {
  draft.setCluster(name, undefined);
  if (draft.run !== undefined) draft.run.failures = withoutFailure(draft.run, name);
}

export function presence(draft: Draft, name: string, online: boolean): void {
  const entry = draft.cluster(name);
  if (entry === undefined || entry.online === online) return;
  patchCluster(draft, name, { online });
  reconsider(draft, name);
}

export function suspend(draft: Draft, name: string, reason: string | undefined): void {
  const entry = draft.cluster(name);
  if (entry === undefined || entry.suspended === reason) return;
  patchCluster(draft, name, { suspended: reason });
  const { released } = draft.state;
  const isOutside = draft.run?.waves[entry.wave] === undefined;
  // It joined while it was suspended.
  if (reason === undefined && entry.assigned === undefined && released !== undefined && isOutside) {
    patchCluster(draft, name, { assigned: released });
    draft.effects.push({ type: "assign", cluster: name, revision: released });
  }
  reconsider(draft, name);
}

export function held(draft: Draft, name: string, revision: string, reason: string | undefined): void {
  const entry = draft.cluster(name);
  if (entry === undefined) return;
  if (reason === undefined && entry.held?.revision !== revision) return;
  patchCluster(draft, name, { held: reason === undefined ? undefined : { revision, reason } });
  if (reason === undefined && entry.assigned === revision && draft.run?.revision === revision)
    draft.effects.push({ type: "assign", cluster: name, revision });
  reconsider(draft, name);
}

export function report(draft: Draft, name: string, { revision, applied, health, message }: ClusterReport): void {
  const entry = draft.cluster(name);
  if (entry === undefined) return;
  const { reported } = entry;
  const same =
    reported !== undefined &&
    reported.revision === revision &&
    reported.applied === applied &&
    reported.health === health &&
    reported.message === message;
  if (same) return;
  patchCluster(draft, name, { reported: { revision, applied, health, message } });
  reconsider(draft, name);
}

/** Brings the phase of a cluster to what is known about it. */
function reconsider(draft: Draft, name: string): void {
  const { run, at } = draft;
  const entry = draft.cluster(name);
  if (entry === undefined || run?.waves[entry.wave] === undefined) return;
  if (entry.assigned !== run.revision) return awaitTurn(draft, name);
  const { phase, debt } = judged(run, entry);
  if (phase === "failed") {
    const message = entry.reported?.message === "" ? "degraded" : (entry.reported?.message ?? "degraded");
    addFailure(run, { cluster: name, wave: run.waves[entry.wave]?.name ?? "", message });
  } else if (entry.phase === "failed") run.failures = withoutFailure(run, name);
  if (phase === entry.phase && debt === entry.debt) return;
  patchCluster(draft, name, { phase, debt, since: at, ...(phase === "healthy" ? { ill: undefined } : {}) });
}

/** Phase of a cluster that was told the run's revision. */
function judged(
  run: Run,
  entry: ClusterProgress,
): { readonly phase: ClusterPhase; readonly debt?: DebtReason | undefined } {
  if (entry.held?.revision === run.revision) return { phase: "debt", debt: "held" };
  const phase = phaseByReport(entry);
  switch (phase) {
    case "failed":
      if (entry.phase === "failed") return { phase };
      if (entry.ill === "before") return { phase: "debt", debt: "broken" };
      // What our own doing left unhealthy gets its time to mend.
      return entry.ill === "disturbed" ? { phase: "updating" } : { phase };
    case "updating":
      // One that failed or was broken stays so until it is well; one that was lost is on its way again.
      if (entry.phase === "failed") return { phase: "failed" };
      if (entry.debt === "broken" || (entry.debt === "lost" && !entry.online))
        return { phase: "debt", debt: entry.debt };
      return { phase };
    default:
      return { phase };
  }
}

/** A cluster that was not told the run's revision: it waits for its turn, or is left for later. */
function awaitTurn(draft: Draft, name: string): void {
  const { run, at } = draft;
  const entry = draft.cluster(name);
  if (entry === undefined || run === undefined) return;
  const mended = entry.disturbed === true && phaseByReport(entry) === "healthy";
  const debt = debtOf(draft, run, entry) ?? (entry.debt === "skipped" ? "skipped" : undefined);
  const phase = debt === undefined ? "waiting" : "debt";
  const disturbed = mended || debt !== undefined ? undefined : entry.disturbed;
  if (phase !== entry.phase || debt !== entry.debt || disturbed !== entry.disturbed) {
    patchCluster(draft, name, { phase, debt, disturbed, ...(phase === entry.phase ? {} : { since: at }) });
  }
  enqueueLate(draft, name);
}
