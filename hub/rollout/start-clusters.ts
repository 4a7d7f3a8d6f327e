import { hashOf } from "./cluster-table.ts";
import { type Draft, type DraftRun, patchCluster, registryOf } from "./draft.ts";
import type { ClusterProgress, WaveQueue } from "./state.ts";
import { availabilityBudget, isReady, unavailableIn } from "./waves.ts";

/** Tells as many clusters of a wave as its budgets allow now. */
export function startClusters(draft: Draft, index: number): void {
  const { run, at, state } = draft;
  const wave = run?.waves[index];
  if (run === undefined || wave === undefined) return;
  const { intervalMs, jitterMs, parallelism = Number.POSITIVE_INFINITY } = state.policy.pacing;
  const budget = availabilityBudget(draft, index);
  for (;;) {
    if (at < wave.nextStartAt || wave.counts.updating >= parallelism) return;
    const name = takeNext(draft, index, unavailableIn(wave) < budget);
    if (name === undefined) return;
    tell(draft, name);
    wave.told++;
    if (intervalMs > 0 || jitterMs > 0) {
      wave.nextStartAt = at + intervalMs + (jitterMs === 0 ? 0 : hashOf(`${run.seed} ${name}`) % (jitterMs + 1));
    }
  }
}

/** Tells a cluster the revision of the run; it is at risk from here on. */
export function tell(draft: Draft, name: string): void {
  const { run, at } = draft;
  const entry = draft.cluster(name);
  if (run === undefined || entry === undefined) return;
  const { revision } = run;
  patchCluster(draft, name, {
    assigned: revision,
    phase: "updating",
    since: at,
    debt: undefined,
    ill: entry.disturbed === true ? "disturbed" : entry.reported?.health === "Degraded" ? "before" : undefined,
    disturbed: undefined,
  });
  draft.effects.push({ type: "assign", cluster: name, revision });
}

/** First ready cluster whose registry has a place; `free`: one that is well may be taken too. */
function takeNext(draft: Draft, index: number, free: boolean): string | undefined {
  const { run } = draft;
  const wave = run?.waves[index];
  if (run === undefined || wave === undefined) return undefined;
  const late = takeFrom(draft, run, index, wave.late, free);
  wave.late = late.queue;
  if (late.name !== undefined || wave.status === "skipped") return late.name;
  if (wave.status === "pending") return undefined;
  for (const [position, queue] of wave.queues.entries()) {
    if (queue.next >= queue.names.length || isRegistryFull(draft, run, queue.registry)) continue;
    const taken = takeFrom(draft, run, index, queue, free);
    if (taken.queue !== queue) wave.queues = wave.queues.with(position, taken.queue);
    if (taken.name !== undefined) return taken.name;
  }
  return undefined;
}

function takeFrom(
  draft: Draft,
  run: DraftRun,
  index: number,
  queue: WaveQueue,
  free: boolean,
): { readonly queue: WaveQueue; readonly name: string | undefined } {
  for (let next = queue.next; next < queue.names.length; next++) {
    const name = queue.names[next] ?? "";
    const entry = draft.cluster(name);
    // It left, or belongs to another wave by now.
    if (entry?.wave !== index) continue;
    const ready = isReady(entry);
    if (ready && !mayStart(draft, run, entry, free)) return { queue: moved(queue, next), name: undefined };
    if (entry.queued === true) patchCluster(draft, name, { queued: undefined });
    if (ready) return { queue: moved(queue, next + 1), name };
  }
  return { queue: moved(queue, queue.names.length), name: undefined };
}

function mayStart(draft: Draft, run: DraftRun, entry: ClusterProgress, free: boolean): boolean {
  if (!free && entry.disturbed !== true) return false;
  return !isRegistryFull(draft, run, registryOf(entry, draft.state.policy.pacing.registry?.label));
}

function isRegistryFull({ state }: Draft, run: DraftRun, registry: string): boolean {
  const limit = state.policy.pacing.registry?.parallelism;
  return registry !== "" && limit !== undefined && (run.pulling[registry] ?? 0) >= limit;
}

function moved(queue: WaveQueue, next: number): WaveQueue {
  return next === queue.next ? queue : { ...queue, next };
}
