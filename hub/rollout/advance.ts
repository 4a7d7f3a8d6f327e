import { type Draft, type DraftWave, enter } from "./draft.ts";
import { clusterTrouble, failIfTroubled } from "./failure.ts";
import { dropGates, gatesPassed, timeGates } from "./gates.ts";
import { finishRun } from "./runs.ts";
import { startClusters } from "./start-clusters.ts";
import { sweep } from "./sweep.ts";
import { isComplete, sizeOf, wavePolicy } from "./waves.ts";
import { isWindowOpen } from "./window.ts";

/** Goes as far as the state and the time allow: level-triggered, so nothing is lost when an event was. */
export function advance(draft: Draft): void {
  sweep(draft);
  timeGates(draft);
  // Each turn enters another phase, or is the last.
  while (advanceOnce(draft));
}

/** True: it came into another phase, and may go on. */
function advanceOnce(draft: Draft): boolean {
  const { run, at, state } = draft;
  if (run === undefined) return false;
  const wave = run.waves[run.wave];
  switch (run.phase.name) {
    case "blocked":
    case "reverting":
    case "aborted":
      return false;
    case "paused":
      return heal(draft);
    case "done":
      catchUp(draft, run.waves.length);
      return false;
    case "waiting": {
      if (wave === undefined) return finishIfQuiet(draft);
      // A wave without clusters has nothing to wait for: neither gates nor windows.
      if (wave.status === "passed" || wave.status === "skipped" || sizeOf(wave) === 0) return pass(draft, wave);
      wave.status = "current";
      if (failIfTroubled(draft)) return true;
      catchUp(draft, run.wave);
      if (!isWindowOpen(draft) || !gatesPassed(draft, "before")) return isOver(draft);
      wave.startedAt ??= at;
      enter(draft, { name: "updating", since: at });
      return true;
    }
    case "updating": {
      if (wave === undefined || failIfTroubled(draft)) return true;
      catchUp(draft, run.wave);
      if (state.policy.windows?.onClose !== "stop" || isWindowOpen(draft)) startClusters(draft, run.wave);
      if (failIfTroubled(draft)) return true;
      if (!isComplete(draft, wave)) return false;
      enter(draft, { name: "baking", since: at });
      return true;
    }
    case "baking":
    case "verifying": {
      if (wave === undefined || failIfTroubled(draft)) return true;
      catchUp(draft, run.wave);
      if (!isComplete(draft, wave)) {
        // Only time without a break counts, and what was verified is not what is there now.
        dropGates(
          draft,
          wavePolicy(draft, run.wave).after.map((name) => `${wave.name}/after/${name}`),
        );
        enter(draft, { name: "updating", since: at });
        return true;
      }
      if (run.phase.name === "baking") {
        if (wave.counts.healthy > 0 && at < run.phase.since + wavePolicy(draft, run.wave).bakeMs) return false;
        enter(draft, { name: "verifying", since: at });
        return true;
      }
      return gatesPassed(draft, "after") ? pass(draft, wave) : isOver(draft);
    }
  }
}

/** The last wave has passed: clusters that joined earlier waves meanwhile, or changed them, still have to become healthy. */
function finishIfQuiet(draft: Draft): boolean {
  const { run } = draft;
  if (run === undefined || failIfTroubled(draft)) return true;
  catchUp(draft, run.wave);
  if (run.waves.some(({ status, counts }) => status !== "skipped" && counts.updating > 0)) return false;
  finishRun(draft);
  return true;
}

/** A gate that failed has ended the phase. */
function isOver({ run }: Draft): boolean {
  return run?.phase.name === "paused" || run?.phase.name === "reverting";
}

function pass(draft: Draft, wave: DraftWave): boolean {
  const { run } = draft;
  if (run === undefined) return false;
  if (wave.status !== "skipped") wave.status = "passed";
  run.wave++;
  if (run.wave < run.waves.length) enter(draft, { name: "waiting", since: draft.at });
  else run.phase = { name: "waiting", since: draft.at };
  return true;
}

/** Clusters of earlier waves that came back or joined. */
function catchUp(draft: Draft, before: number): void {
  const { run } = draft;
  for (const [index, { late, status }] of run?.waves.slice(0, before).entries() ?? []) {
    // What was skipped comes after the last wave.
    if (status === "skipped" && run?.phase.name !== "done") continue;
    if (late.next < late.names.length) startClusters(draft, index);
  }
}

/** A run that stopped for failing clusters goes on when they became healthy. */
function heal(draft: Draft): boolean {
  const { run, at } = draft;
  if (run?.phase.name !== "paused" || run.phase.failed !== "clusters" || clusterTrouble(draft) !== undefined)
    return false;
  enter(draft, { name: "waiting", since: at }, { reason: "the failed clusters are healthy again" });
  return true;
}
