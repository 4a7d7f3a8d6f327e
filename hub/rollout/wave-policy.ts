import type { RolloutPolicy, WavePolicy } from "../../common/domain/index.ts";
import type { Run } from "./state.ts";

/** What holds for a wave, also for one that the policy does not name (left-over clusters, a rollback): as for its last. */
export function wavePolicyOf({ waves }: RolloutPolicy, kind: Run["kind"], name: string): WavePolicy {
  const last = waves.at(-1);
  if (last === undefined) throw new Error("a rollout policy has at least one wave");
  const own = waves.find((wave) => wave.name === name);
  if (kind === "rollback") return { ...(own ?? last), before: [], after: [], bakeMs: 0 };
  return own ?? { ...last, before: [], after: [] };
}
