import type { StageHealth } from "./upstream-gate.ts";

/** What the agents of an environment say themselves. */
export interface Evidence {
  /** Clusters that belong to it. */
  readonly clusters: number;
  /** Of those: run the commit, all of it written, healthy and without drift. */
  readonly well: number;
  readonly offline: number;
  readonly drifted: number;
  /** First of what is wrong: "cluster east: application shop: …"; empty when nothing is. */
  readonly trouble: string;
}

/** Share of the clusters that has to be well, in percent; the others may be offline, but not unwell. */
export function stageHealth(evidence: Evidence, quorumPercent: number): StageHealth {
  const { clusters, well, offline, drifted, trouble } = evidence;
  if (clusters === 0) return { isWell: false, reason: "it has no clusters, so nothing is proven" };
  const needed = Math.max(1, Math.ceil((clusters * quorumPercent) / 100));
  const unwell = clusters - well - offline;
  const isWell = well >= needed && unwell === 0;
  const counts = [
    `${well} of ${clusters} clusters run it and are healthy`,
    ...(isWell ? [] : [`${needed} needed`]),
    ...(drifted > 0 ? [`${drifted} drifted`] : []),
    ...(offline > 0 ? [`${offline} offline`] : []),
  ];
  return { isWell, reason: `${counts.join(", ")}${!isWell && trouble !== "" ? `: ${trouble}` : ""}` };
}
