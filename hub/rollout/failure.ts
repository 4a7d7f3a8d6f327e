import { clustersIn } from "../../common/domain/index.ts";
import { type Draft, type DraftWave, enter, note, notify } from "./draft.ts";
import { failureSentence } from "./failure-sentence.ts";
import { cancelGates } from "./runs.ts";
import { short } from "./short.ts";
import type { Quarantined, RunPhase } from "./state.ts";
import { availabilityBudget, isComplete, sizeOf, wavePolicy } from "./waves.ts";

const quarantineLimit = 50;

/** True: the clusters are in a state that the policy does not bear, and the run has stopped. */
export function failIfTroubled(draft: Draft): boolean {
  const trouble = clusterTrouble(draft);
  if (trouble !== undefined) failRun(draft, trouble, "clusters");
  return trouble !== undefined;
}

/** Why the run cannot go on, as far as clusters are concerned; "" when the failing clusters say it all. Undefined: it can. */
export function clusterTrouble(draft: Draft): string | undefined {
  const { run, state } = draft;
  if (run === undefined || (state.policy.onFailure === "continue" && run.kind === "forward")) return undefined;
  const { maxFailures } = state.policy;
  let failed = 0;
  let total = 0;
  for (const [index, wave] of run.waves.entries()) {
    const size = sizeOf(wave);
    total += size;
    if (wave.status === "skipped" || wave.counts.failed === 0) continue;
    failed += wave.counts.failed;
    if (wave.counts.failed > clustersIn(wavePolicy(draft, index).maxFailures, size)) return "";
  }
  const inAll = maxFailures === undefined ? Number.POSITIVE_INFINITY : clustersIn(maxFailures, total);
  if (failed > inAll) return `more than ${inAll} in all`;
  const wave = run.waves[run.wave];
  return wave === undefined || wave.status === "skipped"
    ? undefined
    : (placesTaken(draft, wave) ?? nobodyHealthy(draft, wave));
}

/** Failed clusters that are borne still take places; when they take all, nothing would ever move again. */
function placesTaken(draft: Draft, { counts, disturbed }: DraftWave): string | undefined {
  const budget = availabilityBudget(draft, draft.run?.wave ?? -1);
  if (counts.waiting === 0 || counts.updating > 0 || disturbed > 0 || counts.failed < budget) return undefined;
  return `they take ${budget === 1 ? "the only place" : `all ${budget} places`} of "maxUnavailable"`;
}

/** A change after which not one cluster of a wave is well is no good, whatever the single reasons. */
function nobodyHealthy(draft: Draft, wave: DraftWave): string | undefined {
  const { run } = draft;
  if (run === undefined || wave.status === "pending" || wave.counts.healthy > 0 || wave.counts.debt === 0)
    return undefined;
  if (!isComplete(draft, wave)) return undefined;
  const reasons = new Map<string, number>();
  for (const [, { wave: index, debt }] of draft.clusters()) {
    if (index !== run.wave || debt === undefined) continue;
    reasons.set(debt, (reasons.get(debt) ?? 0) + 1);
  }
  const bad = (["lost", "held", "broken"] as const).filter((reason) => reasons.has(reason));
  if (bad.length === 0) return undefined;
  const parts = bad.map((reason) => `${reasons.get(reason)} ${nobodyWords[reason]}`);
  return `no cluster of wave "${wave.name}" became healthy: ${parts.join(", ")}`;
}

const nobodyWords = {
  lost: "went offline after being told",
  held: "cannot be given the revision",
  broken: "stayed as degraded as before",
};

/** Stops the run, and takes the revision back if the policy says so: once, for a rollback is never rolled back. */
export function failRun(draft: Draft, detail: string, failed: "clusters" | "gate"): void {
  const { run, state, at } = draft;
  if (run === undefined) return;
  cancelGates(draft);
  const reason = failed === "clusters" ? failureSentence(run, detail) : detail;
  const { environment, released, policy } = state;
  const good = run.kind === "forward" && policy.onFailure === "rollback" ? released : undefined;
  if (good === undefined) {
    const why = run.kind === "rollback" ? `the rollback failed: ${reason}` : reason;
    const hint =
      policy.onFailure === "rollback" && run.kind === "forward" ? "; there is no earlier revision to go back to" : "";
    enter(
      draft,
      { name: "paused", since: at, cause: "failure", by: "drover", reason: why + hint, failed },
      { reason: why + hint },
    );
    notify(draft, "error", `Environment "${environment}": ${short(run.revision)} paused: ${why}${hint}`);
    return;
  }
  const bad = run.revision;
  quarantine(draft, { revision: bad, reason, since: at });
  state.hold = { reason: `${short(bad)} was rolled back: ${reason}`, by: "drover", since: at };
  enter(draft, { name: "reverting", since: at, reason, pending: undefined }, { reason });
  draft.effects.push({ type: "revert", bad, good, reason });
  notify(draft, "error", `Environment "${environment}": ${short(bad)} is rolled back to ${short(good)}: ${reason}`);
}

export function quarantine({ state }: Draft, one: Quarantined): void {
  const others = state.quarantine.filter(({ revision }) => revision !== one.revision);
  state.quarantine = [...others, one].slice(-quarantineLimit);
}

/** The revert needs somebody's hand, such as a merge. */
export function waitForRevert(draft: Draft, of: string, pending: string): void {
  const { run } = draft;
  if (run?.phase.name !== "reverting" || run.revision !== of || run.phase.pending === pending) return;
  run.phase = { ...run.phase, pending };
  note(draft, "revert waits", { reason: pending });
}

/** The driver cannot bring the revert commit onto the branch. */
export function failRevert(draft: Draft, message: string): void {
  const reason = `cannot revert: ${message}`;
  const phase: RunPhase = { name: "paused", since: draft.at, cause: "failure", by: "drover", reason, failed: "revert" };
  enter(draft, phase, { reason });
  notify(draft, "error", `Environment "${draft.state.environment}": ${short(draft.run?.revision ?? "")} ${reason}`);
}
