import type { Failure, Run } from "./state.ts";

/**
 * What fails, in one sentence: "2 of 3 clusters of wave "canary" failed: Deployment shop/web: image not found (c1, c2)".
 * Equal messages are told once, with their clusters; the most frequent first.
 */
export function failureSentence(run: Run, detail = ""): string {
  const failed = run.waves.filter(({ status, counts }) => status !== "skipped" && counts.failed > 0);
  const told = failed.map(({ name, counts }) => {
    const size = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return `${counts.failed} of ${size} ${size === 1 ? "cluster" : "clusters"} of wave "${name}" failed`;
  });
  const head = [...told, ...(detail === "" ? [] : [detail])].join(", ");
  const messages = groupedFailures(run.failures);
  return messages === "" ? head : `${head}: ${messages}`;
}

const shownGroups = 3;
const shownClusters = 3;

function groupedFailures(failures: readonly Failure[]): string {
  const groups = new Map<string, string[]>();
  for (const { cluster, message } of failures) groups.set(message, [...(groups.get(message) ?? []), cluster]);
  const sorted = [...groups].sort(([, left], [, right]) => right.length - left.length);
  const shown = sorted.slice(0, shownGroups).map(([message, clusters]) => {
    const names = clusters.slice(0, shownClusters).join(", ");
    const more = clusters.length > shownClusters ? ` and ${clusters.length - shownClusters} more` : "";
    return `${message} (${names}${more})`;
  });
  const others = sorted.length - shownGroups;
  return [...shown, ...(others > 0 ? [`${others} other ${others === 1 ? "problem" : "problems"}`] : [])].join("; ");
}
