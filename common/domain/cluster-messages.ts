const shownGroups = 3;
const shownClusters = 3;

/**
 * What many clusters say, in one sentence: "image not found (c1, c2); disk full (c3)". Equal messages are told once, with their
 * clusters; the most frequent first, and how many more there are. "" when nobody says anything.
 */
export function clusterMessages(said: Iterable<{ readonly cluster: string; readonly message: string }>): string {
  const groups = new Map<string, string[]>();
  for (const { cluster, message } of said) {
    const clusters = groups.get(message);
    if (clusters === undefined) groups.set(message, [cluster]);
    else clusters.push(cluster);
  }
  const sorted = [...groups].sort(([, left], [, right]) => right.length - left.length);
  const shown = sorted.slice(0, shownGroups).map(([message, clusters]) => {
    const names = clusters.slice(0, shownClusters).join(", ");
    const more = clusters.length > shownClusters ? ` and ${clusters.length - shownClusters} more` : "";
    return `${message} (${names}${more})`;
  });
  const others = sorted.length - shownGroups;
  return [...shown, ...(others > 0 ? [`${others} other ${others === 1 ? "problem" : "problems"}`] : [])].join("; ");
}
