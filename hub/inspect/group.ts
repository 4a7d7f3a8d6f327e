import {
  type ClusterDiff,
  canonicalJson,
  type DiffGroup,
  type DiffState,
  digestOf,
  type FleetDiff,
} from "../../common/domain/index.ts";
import type { ClusterDryRun } from "../surfaces.ts";

/** What a comparison came to. What stays although Git has it no more is no difference: applying would not change it. A hook is one. */
export function stateOf({ objects, hooks = [], errors }: ClusterDiff): Exclude<DiffState, "unknown"> {
  if (errors.length > 0) return "failed";
  return hooks.length > 0 || objects.some(({ action }) => action !== "keep") ? "different" : "identical";
}

/** Equal for clusters on which applying would do the same. */
export function digestOfDiff({ objects, hooks, errors }: ClusterDiff): string {
  return digestOf(canonicalJson(hooks === undefined ? { objects, errors } : { objects, hooks, errors }));
}

/** Clusters with equal answers together, the largest group first, identical ones before others of the same size. */
export function groupDiffs(clusters: readonly ClusterDryRun[]): Pick<FleetDiff, "summary" | "groups" | "unknown"> {
  const summary = { identical: 0, different: 0, failed: 0, unknown: 0 };
  const groups = new Map<string, DiffGroup & { readonly clusters: string[] }>();
  const unknown: FleetDiff["unknown"][number][] = [];
  for (const { cluster, state, diff, reason } of clusters) {
    summary[state] += 1;
    if (diff === undefined || state === "unknown") {
      unknown.push({ cluster, reason });
      continue;
    }
    const digest = digestOfDiff(diff);
    const group = groups.get(digest);
    if (group !== undefined) group.clusters.push(cluster);
    else {
      const { objects, hooks, errors } = diff;
      const said = hooks === undefined ? {} : { hooks };
      groups.set(digest, { state, digest, clusters: [cluster], objects, ...said, errors });
    }
  }
  const rank = ({ state }: DiffGroup) => ["identical", "different", "failed"].indexOf(state);
  const inOrder = [...groups.values()].sort(
    (left, right) => right.clusters.length - left.clusters.length || rank(left) - rank(right),
  );
  return { summary, groups: inOrder, unknown };
}
