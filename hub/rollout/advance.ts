import { type Draft, type DraftWave, enter } from "./draft.ts";
import { failIfTooMany, failRun, nobodyHealthy } from "./failure.ts";
import { gatesPassed, timeGates } from "./gates.ts";
import { finishRun } from "./runs.ts";
import { startClusters } from "./start-clusters.ts";
import { sweep } from "./sweep.ts";
import { availabilityBudget, sizeOf, wavePolicy } from "./waves.ts";
import { isWindowOpen } from "./window.ts";

/** Goes as far as the state and the time allow: level-triggered, so nothing is lost when an event was. */
export function advance(draft: Draft): void {
  sweep(draft);
  timeGates(draft);
  // Each turn enters a phase or ends; a run has a few phases for each wave.
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
      if (wave === undefined) {
        finishRun(draft);
        return true;
      }
      // A wave without clusters has nothing to wait for: neither gates nor windows.
      if (wave.status === "passed" || wave.status === "skipped" || sizeOf(wave) === 0) return pass(draft, wave);
      wave.status = "current";
      if (failIfTooMany(draft)) return true;
      catchUp(draft, run.wave);
      if (!isWindowOpen(draft) || !gatesPassed(draft, "before")) return isOver(draft);
      wave.startedAt ??= at;
      enter(draft, { name: "updating", since: at });
      return true;
    }
    case "updating": {
      if (wave === undefined || failIfTooMany(draft)) return true;
      catchUp(draft, run.wave);
      if (state.policy.windows?.onClose !== "stop" || isWindowOpen(draft)) startClusters(draft, run.wave);
      if (!isComplete(draft, wave)) return failIfStuck(draft, wave);
      const nobody = nobodyHealthy(draft, wave);
      if (nobody !== undefined) {
        failRun(draft, nobody, "clusters");
        return true;
      }
      enter(draft, { name: "baking", since: at });
      return true;
    }
    case "baking":
    case "verifying": {
      if (wave === undefined || failIfTooMany(draft)) return true;
      catchUp(draft, run.wave);
      if (!isComplete(draft, wave)) {
        // Only time without a break counts, and what was verified is not what is there now.
        for (const name of wavePolicy(draft, run.wave).after) delete run.gates[`${wave.name}/after/${name}`];
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
  const waves = draft.run?.waves.slice(0, before) ?? [];
  for (const [index, { late }] of waves.entries()) if (late.next < late.names.length) startClusters(draft, index);
}

function isComplete({ state }: Draft, { counts }: DraftWave): boolean {
  const open = counts.waiting + counts.updating;
  return open === 0 && (state.policy.onFailure !== "continue" || counts.failed === 0);
}

/** Failed clusters that are borne still take places; when they take all, nothing would ever move again. */
function failIfStuck(draft: Draft, { counts, disturbed }: DraftWave): boolean {
  const { run, state } = draft;
  if (run === undefined || state.policy.onFailure === "continue") return false;
  const budget = availabilityBudget(draft, run.wave);
  if (counts.waiting === 0 || counts.updating > 0 || disturbed > 0 || counts.failed < budget) return false;
  failRun(draft, `they take all ${budget} places of "maxUnavailable"`, "clusters");
  return true;
}

/** A run that stopped for failing clusters goes on when they became healthy. */
function heal(draft: Draft): boolean {
  const { run } = draft;
  if (run?.phase.name !== "paused" || run.phase.failed !== "clusters") return false;
  const failed = run.waves.reduce((sum, wave) => sum + wave.counts.failed, 0);
  const current = run.waves[run.wave];
  if (failed > 0 || (current !== undefined && current.told > 0 && current.counts.healthy === 0)) return false;
  enter(draft, { name: "waiting", since: draft.at }, { reason: "the failed clusters are healthy again" });
  return true;
}
