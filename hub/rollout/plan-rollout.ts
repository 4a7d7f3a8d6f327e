import { clustersIn, type RolloutPolicy, type WavePolicy } from "../../common/domain/index.ts";
import { windowAt } from "../../common/windows/index.ts";
import { type ClusterLabels, type SplitProblem, splitIntoWaves } from "./split.ts";
import { wavePolicyOf } from "./wave-policy.ts";

export interface RolloutPlan {
  readonly waves: readonly PlannedWave[];
  readonly problems: readonly SplitProblem[];
  /** From the start to the end, were each cluster to take `clusterMs` and nobody to think about approvals. */
  readonly expectedMs: number;
}

export interface PlannedWave {
  readonly name: string;
  readonly clusters: readonly string[];
  readonly maxUnavailable: number;
  readonly maxFailures: number;
  readonly bakeMs: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** When it is expected to start, milliseconds since 1970; later than the wave before it when a window is waited for. */
  readonly startsAt: number;
  readonly waitsForWindowMs: number;
  readonly expectedMs: number;
}

/** What a rollout that starts at `at` would do. `clusterMs`: how long a cluster takes to become healthy. */
export function planRollout(
  policy: RolloutPolicy,
  clusters: readonly ClusterLabels[],
  at: number,
  clusterMs = 60_000,
): RolloutPlan {
  const { waves: split, problems } = splitIntoWaves(policy, clusters);
  const found = [...problems];
  const waves: PlannedWave[] = [];
  let time = at;
  for (const { name, names } of split) {
    const wave = wavePolicyOf(policy, "forward", name);
    const window = policy.windows === undefined || names.length === 0 ? undefined : windowAt(policy.windows, time);
    let startsAt = time;
    if (window?.open === false) {
      if (window.until === undefined) {
        found.push({ severity: "error", message: "The deployment window never opens again", path: ["windows"] });
      } else startsAt = window.until;
    }
    const expectedMs = names.length === 0 ? 0 : durationOf(policy, wave, names.length, clusterMs);
    waves.push({
      name,
      clusters: names,
      maxUnavailable: Math.max(1, clustersIn(wave.maxUnavailable, names.length)),
      maxFailures: clustersIn(wave.maxFailures, names.length),
      bakeMs: wave.bakeMs,
      before: wave.before,
      after: wave.after,
      startsAt,
      waitsForWindowMs: startsAt - time,
      expectedMs,
    });
    time = startsAt + expectedMs;
  }
  return { waves, problems: found, expectedMs: time - at };
}

function durationOf({ pacing }: RolloutPolicy, wave: WavePolicy, size: number, clusterMs: number): number {
  const places = Math.max(1, clustersIn(wave.maxUnavailable, size));
  const atOnce = Math.min(places, pacing.parallelism ?? places, size);
  const byPlaces = Math.ceil(size / atOnce) * clusterMs;
  const byPace = (size - 1) * (pacing.intervalMs + pacing.jitterMs / 2) + clusterMs;
  return Math.max(byPlaces, byPace) + wave.bakeMs;
}
