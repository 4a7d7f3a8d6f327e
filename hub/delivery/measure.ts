import type { DeliveryView, PromotionRecordView } from "../../common/domain/index.ts";
import type { MoveHealths } from "../promoter/index.ts";

export interface Delivered {
  /** The moves that count, in any order. */
  readonly history: readonly PromotionRecordView[];
  /** How the environment did with each tip, as far as somebody watched. */
  readonly healths: MoveHealths;
  /** When a promoted commit was written, milliseconds since 1970; undefined where that is not known. */
  readonly writtenAt: (commit: string) => number | undefined;
}

/**
 * Deployment frequency, lead time, change failure rate, time to restore and waiting time per gate of an environment, or of one
 * application there.
 */
export function measure(
  of: Pick<DeliveryView, "environment" | "application">,
  { history, healths, writtenAt }: Delivered,
  { now, windowMs }: { readonly now: number; readonly windowMs: number },
): DeliveryView {
  const oldestFirst = history.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const takenBack = new Map(
    oldestFirst.flatMap((each) => (each.kind === "rollback" && each.from !== null ? [[each.from, each] as const] : [])),
  );
  const deployments: PromotionRecordView[] = [];
  const leads: number[] = [];
  const restores: number[] = [];
  let failures = 0;
  let unwatched = 0;
  /** Written earlier, and replaced before the environment was healthy with it: the next one finishes it. */
  let unfinished = Number.POSITIVE_INFINITY;
  for (const [index, move] of oldestFirst.entries()) {
    const { kind, commit, to, at } = move;
    const health = healths[to] ?? undefined;
    const written = Math.min(writtenAt(commit) ?? Number.POSITIVE_INFINITY, unfinished);
    const isReplaced = oldestFirst[index + 1]?.kind === "promotion";
    const isUnfinished = kind === "promotion" && health !== undefined && health.healthyAt === undefined;
    unfinished = isUnfinished && isReplaced ? written : Number.POSITIVE_INFINITY;
    if (kind !== "promotion" || Date.parse(at) <= now - windowMs) continue;
    deployments.push(move);
    if (health === undefined) unwatched++;
    const arrivedAt = health === undefined ? at : health.healthyAt;
    if (arrivedAt !== undefined && Number.isFinite(written)) leads.push(Math.max(0, Date.parse(arrivedAt) - written));

    const rollback = takenBack.get(to);
    if (rollback === undefined && health?.failedAt === undefined) continue;
    failures++;
    const restoredAt = rollback === undefined ? health?.restoredAt : (healths[rollback.to]?.healthyAt ?? rollback.at);
    if (restoredAt !== undefined)
      restores.push(Math.max(0, Date.parse(restoredAt) - Date.parse(health?.failedAt ?? at)));
  }
  return {
    ...of,
    windowMs,
    deployments: deployments.length,
    deploymentsPerDay: deployments.length / (windowMs / 86_400_000),
    leadTimeMs: median(leads),
    changeFailureRate: deployments.length === 0 ? null : failures / deployments.length,
    restoreMs: median(restores),
    unwatched,
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
