import { clustersIn } from "../../common/domain/index.ts";
import type { FleetInspection } from "../surfaces.ts";
import { failed, type GateCheck, passed } from "./gate-check.ts";

const mostNamed = 3;

/** Every cluster of the environment that can be reached takes the revision, as its API server says. */
export function createDryRunGate({ dryRun }: Pick<FleetInspection, "dryRun">): GateCheck<"dryRun"> {
  return async ({ environment, gate, revision }, options) => {
    const { clusters } = await dryRun({ environment, revision }, options);
    const bad = clusters.filter(({ state }) => state === "failed");
    const reached = clusters.filter(({ state }) => state !== "unknown");
    const different = reached.filter(({ state }) => state === "different").length;
    const unknown = clusters.length - reached.length;
    const counts = [
      `${reached.length - different - bad.length} identical`,
      `${different} differ`,
      ...(bad.length === 0 ? [] : [`${bad.length} refuse it`]),
      ...(unknown === 0 ? [] : [`${unknown} not reached`]),
    ].join(", ");
    if (bad.length <= clustersIn(gate.maxFailures, reached.length)) return passed(counts);
    const reasons = bad
      .slice(0, mostNamed)
      .map(({ cluster, diff, reason }) => `${cluster}: ${diff?.errors[0]?.message ?? reason}`);
    return failed(`${counts} (${reasons.join("; ")})`);
  };
}
