import { clusterMessages } from "../../common/domain/index.ts";
import type { Run } from "./state.ts";

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
  const messages = clusterMessages(run.failures);
  return messages === "" ? head : `${head}: ${messages}`;
}
