import {
  clusterEntries,
  type RolloutEffect,
  type RolloutPlan,
  type RolloutState,
  waitingFor,
} from "../../hub/rollout/index.ts";

/** A state in a few lines: phase, waves with their counts, debts, and what it waits for. */
export function shownState(state: RolloutState): string {
  const { run, hold, queue, quarantine, released } = state;
  const lines: string[] = [];
  if (run === undefined) lines.push(`= idle, released ${released ?? "nothing"}, ${state.clusters.size} clusters`);
  else {
    const wave = run.waves[run.wave]?.name;
    const kind = run.kind === "rollback" ? " rollback" : "";
    const where = run.phase.name === "done" || wave === undefined ? "" : ` in ${wave}`;
    const waves = run.waves.map(({ name, status, counts }) => {
      const parts = Object.entries(counts).flatMap(([phase, count]) => (count === 0 ? [] : [`${count} ${phase}`]));
      const mark = status === "skipped" ? " (skipped)" : "";
      return `${name}${mark}: ${parts.length === 0 ? "empty" : parts.join(" ")}`;
    });
    lines.push(`= ${run.revision}${kind} ${run.phase.name}${where} | ${waves.join(" | ")}`);
    const debts = [...clusterEntries(state.clusters)]
      .filter(([, { debt }]) => debt !== undefined)
      .map(([name, { debt }]) => `${name} ${debt}`)
      .sort();
    if (debts.length > 0) lines.push(`  debt: ${debts.join(", ")}`);
    if (run.phase.name === "done") lines.push(`  released ${released}`);
  }
  const waiting = waitingFor(state);
  if (waiting !== undefined) {
    const since = new Date(waiting.since).toISOString().slice(11, 19);
    const word = notWaiting.includes(run?.phase.name ?? "") ? "because" : "waits for";
    lines.push(`  ${word} (since ${since}): ${waiting.what}`);
  }
  if (queue.length > 0) lines.push(`  queue: ${queue.map(({ revision }) => revision).join(", ")}`);
  if (hold !== undefined) lines.push(`  held by ${hold.by}: ${hold.reason}`);
  if (quarantine.length > 0) lines.push(`  quarantine: ${quarantine.map(({ revision }) => revision).join(", ")}`);
  return lines.join("\n");
}

const notWaiting: readonly string[] = ["paused", "aborted", "blocked"];

export function shownEffect(effect: RolloutEffect, now: number): string[] {
  switch (effect.type) {
    case "assign":
      return [`assign ${effect.cluster} ${effect.revision}`];
    case "runGate":
      return [`run gate ${effect.name} (${effect.gate.type}) of wave ${effect.wave} as ${effect.id}`];
    case "cancelGate":
      return [`cancel gate ${effect.id}`];
    case "revert":
      return [`revert ${effect.bad} to ${effect.good}: ${effect.reason}`];
    case "notify":
      return [`notify ${effect.severity}: ${effect.message}`];
    case "wake":
      return effect.wakeAt === undefined ? ["sleep"] : [`wake in ${(effect.wakeAt - now) / 1000} s`];
    case "refuse":
      return [`refused: ${effect.reason}`];
  }
}

export function shownPlan({ waves, problems, expectedMs }: RolloutPlan): string[] {
  const lines = waves.map(
    ({ name, clusters, maxUnavailable, bakeMs, before, after, startsAt, waitsForWindowMs, ...wave }) => {
      const gates = [...before.map((gate) => `before: ${gate}`), ...after.map((gate) => `after: ${gate}`)];
      const bake = bakeMs === 0 ? [] : [`bake ${bakeMs / 1000} s`];
      const window = waitsForWindowMs === 0 ? [] : [`window opens ${new Date(startsAt).toISOString()}`];
      const parts = [`${maxUnavailable} at a time`, ...bake, ...gates, ...window, `${wave.expectedMs / 1000} s`];
      return `wave ${name}: ${clusters.length === 0 ? "nobody" : clusters.join(" ")} (${parts.join(", ")})`;
    },
  );
  const found = problems.map(({ severity, message, path }) => `${severity} ${path.join(".")}: ${message}`);
  return [...lines, ...found, `expected ${expectedMs / 1000} s`];
}
