import { clustersIn, type WavePolicy } from "../../common/domain/index.ts";
import { type Draft, type DraftWave, patchCluster, registryOf } from "./draft.ts";
import { type ClusterProgress, clusterPhases, type WaveQueue } from "./state.ts";
import { wavePolicyOf } from "./wave-policy.ts";

export function wavePolicy({ state, run }: Draft, index: number): WavePolicy {
  return wavePolicyOf(state.policy, run?.kind ?? "forward", run?.waves[index]?.name ?? "");
}

export function sizeOf({ counts }: DraftWave): number {
  return clusterPhases.reduce((sum, phase) => sum + counts[phase], 0);
}

/** Clusters of the wave that the rollout has away from healthy. */
export function unavailableIn({ counts, disturbed }: DraftWave): number {
  return counts.updating + counts.failed + disturbed;
}

/** How many may be; at least one, or nothing would ever move. */
export function availabilityBudget(draft: Draft, index: number): number {
  const wave = draft.run?.waves[index];
  if (draft.run === undefined || wave === undefined) return 0;
  if (draft.run.kind === "rollback") return rollbackBudget(draft);
  return Math.max(1, clustersIn(wavePolicy(draft, index).maxUnavailable, sizeOf(wave)));
}

/** A rollback has one wave: as many at a time as the most generous one of the policy would allow. */
function rollbackBudget({ state, run }: Draft): number {
  const [wave] = run?.waves ?? [];
  const total = wave === undefined ? 0 : sizeOf(wave);
  return Math.max(1, ...state.policy.waves.map(({ maxUnavailable }) => clustersIn(maxUnavailable, total)));
}

/** It may be told now, as far as the cluster itself is concerned. */
export function isReady({ phase, online, suspended, held }: ClusterProgress): boolean {
  return phase === "waiting" && online && suspended === undefined && held === undefined;
}

/** Puts a waiting cluster where the wave looks for the next one; once only, however often it comes and goes. */
export function enqueueLate(draft: Draft, name: string): void {
  const entry = draft.cluster(name);
  const wave = draft.run?.waves[entry?.wave ?? -1];
  if (entry === undefined || wave === undefined || entry.queued === true || !isReady(entry)) return;
  const { names, next } = wave.late;
  wave.late = { registry: "", names: [...names.slice(next), name], next: 0 };
  patchCluster(draft, name, { queued: true });
}

/** Queues by registry, each in the given order; a wave without that budget has one. */
export function queuesOf(
  names: readonly string[],
  cluster: (name: string) => ClusterProgress | undefined,
  label: string | undefined,
): readonly WaveQueue[] {
  if (label === undefined) return [{ registry: "", names, next: 0 }];
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const entry = cluster(name);
    const registry = entry === undefined ? "" : registryOf(entry, label);
    const group = groups.get(registry) ?? [];
    group.push(name);
    groups.set(registry, group);
  }
  return [...groups].map(([registry, group]) => ({ registry, names: group, next: 0 }));
}

/** Nothing of the wave is on its way; what failed is borne, or has to become well. */
export function isComplete({ state, run }: Draft, { counts }: DraftWave): boolean {
  const bearsFailures = state.policy.onFailure !== "continue" || run?.kind === "rollback";
  return counts.waiting + counts.updating === 0 && (bearsFailures || counts.failed === 0);
}
