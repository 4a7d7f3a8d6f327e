import { type RolloutPolicy, selects, type WaveClusters } from "../../common/domain/index.ts";

export interface ClusterLabels {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Offline clusters are no canaries: counts and shares take them last. */
  readonly online?: boolean;
}

export interface Split {
  /** Names by wave, in the order in which they are taken; one wave more than the policy has when clusters were left. */
  readonly waves: readonly { readonly name: string; readonly names: readonly string[] }[];
  readonly problems: readonly SplitProblem[];
}

export interface SplitProblem {
  /** "error": the waves cannot be used like this. */
  readonly severity: "error" | "warning";
  readonly message: string;
  /** Inside the `rollout:` block of the environment: ["waves", 1, "clusters"]. */
  readonly path: readonly (string | number)[];
}

/** Name of the wave of clusters that no wave of the policy takes: they come last, so that one without labels blocks nobody. */
const leftOverWave = "left-over";

/** Which cluster goes in which wave. Deterministic: by name, but for the order that a list of names has. */
export function splitIntoWaves(policy: RolloutPolicy, clusters: readonly ClusterLabels[]): Split {
  const problems: SplitProblem[] = [];
  const sorted = clusters.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const left = new Map(sorted.map((cluster) => [cluster.name, cluster]));
  problems.push(...overlaps(policy, sorted));
  // Those that are asked for by name or label first: a share is of what nobody asked for.
  const claimed = new Map<number, string[]>();
  for (const [index, { clusters: wanted }] of policy.waves.entries()) {
    const names = claimedNames(wanted, left);
    if (names === undefined) continue;
    claimed.set(index, names);
    for (const name of names) left.delete(name);
  }
  const waves = policy.waves.map((wave, index) => {
    const names = claimed.get(index) ?? unclaimed(wave.clusters, left, sorted.length);
    for (const name of names) left.delete(name);
    problems.push(...unknownNames(wave.clusters, names, index));
    return { name: wave.name, names };
  });
  if (left.size > 0) {
    const names = [...left.keys()];
    const some = names.slice(0, 3).map((name) => `"${name}"`);
    const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
    problems.push({
      severity: "warning",
      message: `No wave takes ${some.join(", ")}${more}: they come last; expected a last wave without "clusters"`,
      path: ["waves"],
    });
    waves.push({ name: leftOverWave, names });
  }
  return { waves, problems };
}

/**
 * Wave of a cluster that comes, or changes its labels, when the waves are made already: the first that selects it; else it
 * stays where it is unless that wave selects by label; else the rest, or the last.
 */
export function waveFor(
  policy: RolloutPolicy,
  cluster: ClusterLabels,
  waves: readonly { readonly name: string }[],
  present: number | undefined,
): number {
  const indexOf = (name: string | undefined) => waves.findIndex((wave) => wave.name === name);
  const claiming = indexOf(policy.waves.find(({ clusters }) => isClaimed(clusters, cluster))?.name);
  if (claiming !== -1) return claiming;
  const own = policy.waves.find(({ name }) => name === waves[present ?? -1]?.name);
  if (present !== undefined && present >= 0 && own?.clusters.type !== "labels") return present;
  const rest = indexOf(policy.waves.find(({ clusters }) => clusters.type === "rest")?.name);
  return rest === -1 ? waves.length - 1 : rest;
}

function isClaimed(wanted: WaveClusters, { name, labels }: ClusterLabels): boolean {
  if (wanted.type === "labels") return selects(wanted.selector, labels);
  return wanted.type === "names" && wanted.names.includes(name);
}

function claimedNames(wanted: WaveClusters, left: ReadonlyMap<string, ClusterLabels>): string[] | undefined {
  if (wanted.type === "names") return wanted.names.filter((name) => left.has(name));
  if (wanted.type !== "labels") return undefined;
  return [...left.values()].filter(({ labels }) => selects(wanted.selector, labels)).map(({ name }) => name);
}

function unclaimed(wanted: WaveClusters, left: ReadonlyMap<string, ClusterLabels>, total: number): string[] {
  const names = [...left.values()];
  const ordered = [
    ...names.filter(({ online }) => online !== false),
    ...names.filter(({ online }) => online === false),
  ];
  return (wanted.type === "rest" ? names : ordered).slice(0, share(wanted, total)).map(({ name }) => name);
}

function share(wanted: WaveClusters, total: number): number {
  if (wanted.type === "count") return wanted.count;
  if (wanted.type === "percent") return Math.ceil((wanted.percent * total) / 100);
  return Number.POSITIVE_INFINITY;
}

function overlaps(policy: RolloutPolicy, clusters: readonly ClusterLabels[]): SplitProblem[] {
  const claiming = policy.waves
    .map((wave, index) => ({ wave, index }))
    .filter(({ wave }) => wave.clusters.type === "labels" || wave.clusters.type === "names");
  if (claiming.length < 2) return [];
  const found = new Map<string, { readonly clusters: string[]; readonly first: string; readonly index: number }>();
  for (const cluster of clusters) {
    const [first, second] = claiming.filter(({ wave }) => isClaimed(wave.clusters, cluster));
    if (first === undefined || second === undefined) continue;
    const key = `${first.index} ${second.index}`;
    const known = found.get(key) ?? { clusters: [], first: first.wave.name, index: second.index };
    known.clusters.push(cluster.name);
    found.set(key, known);
  }
  return [...found.values()].map(({ clusters: names, first, index }) => ({
    severity: policy.onOverlap === "block" ? "error" : "warning",
    message: `Waves "${first}" and "${policy.waves[index]?.name}" overlap: cluster "${names[0]}"${names.length > 1 ? ` and ${names.length - 1} more are` : " is"} in both; expected one, or "onOverlap: first"`,
    path: ["waves", index, "clusters"],
  }));
}

function unknownNames(wanted: WaveClusters, names: readonly string[], index: number): SplitProblem[] {
  if (wanted.type !== "names") return [];
  return wanted.names
    .filter((name) => !names.includes(name))
    .map((name) => ({
      severity: "warning",
      message: `Cluster "${name}" is not in this environment, or an earlier wave has it`,
      path: ["waves", index, "clusters", wanted.names.indexOf(name)],
    }));
}
