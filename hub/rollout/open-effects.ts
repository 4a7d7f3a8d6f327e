import type { Draft } from "./draft.ts";
import type { RolloutEffect } from "./effects.ts";
import { gateEffect } from "./gates.ts";

/** All that was asked for and is not known to be done: a driver that starts, starts with these. */
export function openEffects(draft: Draft): readonly RolloutEffect[] {
  const { run, state } = draft;
  const effects: RolloutEffect[] = [];
  for (const [cluster, { assigned, reported }] of draft.clusters()) {
    if (assigned !== undefined && reported?.revision !== assigned)
      effects.push({ type: "assign", cluster, revision: assigned });
  }
  effects.sort((left, right) =>
    left.type === "assign" && right.type === "assign" && left.cluster < right.cluster ? -1 : 1,
  );
  for (const [key, gate] of Object.entries(run?.gates ?? {})) {
    const effect = gate.state === "running" ? gateEffect(draft, key, gate) : undefined;
    if (effect !== undefined) effects.push(effect);
  }
  if (run?.phase.name === "reverting" && state.released !== undefined) {
    effects.push({ type: "revert", bad: run.revision, good: state.released, reason: run.phase.reason });
  }
  for (const notice of state.notices) effects.push({ type: "notify", ...notice });
  return effects;
}
