import { addFailure, type Draft, patchCluster } from "./draft.ts";
import { formatDuration } from "./time.ts";
import { wavePolicy } from "./waves.ts";

/** Large waves are looked through at most this many times in a deadline. */
const sweepsPerDeadline = 20;
const smallWave = 200;

/** Clusters that were told too long ago have failed, or are lost when they are offline. */
export function sweep(draft: Draft): void {
  const { run, at } = draft;
  if (run === undefined) return;
  const due = new Set<number>();
  for (const [index, wave] of run.waves.entries()) if (wave.sweepAt !== undefined && wave.sweepAt <= at) due.add(index);
  if (due.size === 0) return;
  const next = new Map<number, number>();
  for (const [name, { wave: index, phase, since, online, reported, assigned }] of [...draft.clusters()]) {
    if (phase !== "updating" || !due.has(index)) continue;
    const deadlineMs = wavePolicy(draft, index).progressDeadlineMs;
    const deadline = since + deadlineMs;
    if (deadline > at) {
      next.set(index, Math.min(next.get(index) ?? Number.POSITIVE_INFINITY, deadline));
    } else if (online) {
      const last = reported !== undefined && reported.revision === assigned ? reported.message : "";
      const message =
        last === ""
          ? `not healthy within ${formatDuration(deadlineMs)}`
          : `${last}, not healthy within ${formatDuration(deadlineMs)}`;
      patchCluster(draft, name, { phase: "failed", since: at });
      addFailure(run, { cluster: name, wave: run.waves[index]?.name ?? "", message });
    } else {
      patchCluster(draft, name, { phase: "debt", debt: "lost", since: at });
    }
  }
  for (const index of due) {
    const wave = run.waves[index];
    if (wave === undefined) continue;
    const deadline = next.get(index);
    const step = wave.counts.updating > smallWave ? wavePolicy(draft, index).progressDeadlineMs / sweepsPerDeadline : 0;
    wave.sweepAt = deadline === undefined ? undefined : Math.max(deadline, at + step);
  }
}
