import type { DeliveryView, PromotionRecordView } from "../../common/domain/index.ts";

/**
 * Deployment frequency, lead time, change failure rate, time to restore and waiting time per gate of an environment, or of one
 * application there. `history`: its moves, in any order.
 * `writtenAt`: when a promoted commit was written, milliseconds since 1970; undefined where that is not known.
 */
export function measure(
  of: Pick<DeliveryView, "environment" | "application">,
  history: readonly PromotionRecordView[],
  writtenAt: (commit: string) => number | undefined,
  { now, windowMs }: { readonly now: number; readonly windowMs: number },
): DeliveryView {
  const isRecent = ({ at }: PromotionRecordView) => Date.parse(at) > now - windowMs;
  const deployments = history.filter((each) => each.kind === "promotion" && isRecent(each));
  const takenBack = new Map(
    history.flatMap((each) => (each.kind === "rollback" && each.from !== null ? [[each.from, each] as const] : [])),
  );
  const leads = deployments.flatMap(({ commit, at }) => {
    const written = writtenAt(commit);
    return written === undefined ? [] : [Math.max(0, Date.parse(at) - written)];
  });
  const restores = deployments.flatMap(({ to, at }) => {
    const rollback = takenBack.get(to);
    return rollback === undefined ? [] : [Math.max(0, Date.parse(rollback.at) - Date.parse(at))];
  });
  return {
    ...of,
    windowMs,
    deployments: deployments.length,
    deploymentsPerDay: deployments.length / (windowMs / 86_400_000),
    leadTimeMs: median(leads),
    changeFailureRate: deployments.length === 0 ? null : restores.length / deployments.length,
    restoreMs: median(restores),
    waitedMs: waitedAtGates(deployments),
  };
}

function waitedAtGates(deployments: readonly PromotionRecordView[]): DeliveryView["waitedMs"] {
  const waits = deployments.flatMap(({ waitedMs = {} }) => Object.entries(waitedMs));
  const gates = [...new Set(waits.map(([gate]) => gate))].sort();
  return Object.fromEntries(
    gates.map((gate) => [gate, median(waits.flatMap(([each, ms]) => (each === gate ? [ms] : []))) ?? 0]),
  );
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
