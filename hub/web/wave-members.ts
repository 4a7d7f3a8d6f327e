import type { ClusterView } from "../../common/domain/index.ts";
import { type ClusterKind, clusterKind, kindTone } from "./cluster-groups.ts";
import { byTone, type Tone } from "./tone.ts";

/** As /environments/NAME/rollout/plan answers, as far as it is read here. */
export interface PlanAnswer {
  readonly waves: readonly { readonly name: string; readonly clusters: readonly string[] }[];
}

export interface WaveMember {
  readonly name: string;
  readonly kind: ClusterKind;
  readonly tone: Tone;
}

/** Which clusters a wave has and how they are, what needs somebody first. */
export function waveMembers(
  plan: PlanAnswer | undefined,
  wave: string,
  clusters: readonly ClusterView[],
  environment: string,
): readonly WaveMember[] {
  const names = plan?.waves.find(({ name }) => name === wave)?.clusters ?? [];
  const known = new Map(clusters.map((cluster) => [cluster.name, cluster]));
  return names
    .flatMap((name) => {
      const cluster = known.get(name);
      if (cluster === undefined) return [];
      const kind = clusterKind(cluster, environment);
      return [{ name, kind, tone: kindTone(kind) }];
    })
    .sort((left, right) => byTone(left.tone, right.tone) || left.name.localeCompare(right.name));
}
