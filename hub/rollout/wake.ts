import type { Draft } from "./draft.ts";
import { wavePolicy } from "./waves.ts";

/** Earliest time at which something may change by itself. */
export function nextWake(draft: Draft): number | undefined {
  const { run, at, state } = draft;
  if (run === undefined) return undefined;
  const times: (number | undefined)[] = [];
  for (const wave of run.waves) {
    times.push(wave.sweepAt);
    if (wave.nextStartAt > at && (wave.counts.waiting > 0 || wave.late.next < wave.late.names.length)) {
      times.push(wave.nextStartAt);
    }
  }
  if (run.phase.name === "baking") times.push(run.phase.since + wavePolicy(draft, run.wave).bakeMs);
  for (const { nextAt } of Object.values(run.gates)) times.push(nextAt);
  const asksWindow =
    run.phase.name === "waiting" || (run.phase.name === "updating" && state.policy.windows?.onClose === "stop");
  if (asksWindow) times.push(run.window?.until);
  let earliest: number | undefined;
  for (const time of times) if (time !== undefined && (earliest === undefined || time < earliest)) earliest = time;
  // What is overdue was looked at in this very step: it waits for something else than time.
  return earliest === undefined ? undefined : Math.max(earliest, at + 1);
}
