import { defaultRolloutPolicy } from "../../common/domain/index.ts";
import { createRolloutState, type RolloutEvent, type RolloutState, step } from "../../hub/rollout/index.ts";
import type { Measurement } from "./report.ts";

/** Events per second that one environment's engine works in, by size of the fleet: a report must not cost more in a large one. */
export function rolloutStep(): Promise<readonly Measurement[]> {
  const perSecond = [100, 1000, 10_000].map((clusters) => ({ clusters, ours: measure(clusters) }));
  return Promise.resolve(
    perSecond.map(({ clusters, ours }) => ({
      what: `step: reports of ${clusters} clusters through a whole rollout`,
      unit: "events/s" as const,
      ours,
    })),
  );
}

function measure(clusters: number): number {
  const rounds = Math.max(1, Math.ceil(20_000 / clusters));
  let state: RolloutState = createRolloutState("prod", defaultRolloutPolicy, "r0");
  for (let index = 0; index < clusters; index++) {
    state = step(state, { type: "join", at: 0, cluster: `c${index}`, labels: {}, online: true, assigned: "r0" }).state;
  }
  let events = 0;
  let spentMs = 0;
  for (let round = 1; round <= rounds; round++) {
    const revision = `r${round}`;
    const release = { id: revision, revision, authors: [], manual: false, revertOf: undefined, seed: round };
    const first = step(state, { type: "revision", at: round, ...release });
    state = first.state;
    const told = first.effects.flatMap((effect) => (effect.type === "assign" ? [effect.cluster] : []));
    const startedAt = performance.now();
    for (const cluster of told) {
      // Each makes a place for another one: the list grows while it is gone through.
      for (const health of ["Progressing", "Healthy"] as const) {
        const event: RolloutEvent = {
          type: "report",
          at: round,
          cluster,
          revision,
          applied: true,
          health,
          message: "",
        };
        const next = step(state, event);
        state = next.state;
        events++;
        for (const effect of next.effects) if (effect.type === "assign") told.push(effect.cluster);
      }
    }
    spentMs += performance.now() - startedAt;
    if (state.released !== revision) throw new Error(`the rollout of ${clusters} clusters did not end`);
  }
  return (events / spentMs) * 1000;
}
