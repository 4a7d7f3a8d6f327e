import type { Environment, PromotionView } from "../../common/domain/index.ts";
import { unmet } from "../promotion/index.ts";
import type { Assessment } from "./assessment.ts";
import type { PromotionRecord } from "./promotion-record.ts";

/** Undefined for an environment that nothing is promoted into. */
export function promotionView(
  { name, from, branch, promotion }: Environment,
  assessment: Assessment | undefined,
  record: PromotionRecord,
  pullRequest: string | undefined,
): PromotionView | undefined {
  const [first] = from;
  if (first === undefined || promotion === undefined) return undefined;
  const candidate = assessment?.candidate;
  const gates = assessment?.gates ?? [];
  return {
    environment: name,
    from: first,
    upstreams: from,
    branch,
    mode: promotion.mode,
    running: assessment?.tip ?? null,
    candidate: candidate?.commit ?? null,
    state: candidate === undefined ? "idle" : stateOf(gates),
    gates: gates.map(({ name, state, reason, until }) => ({
      name,
      state,
      reason,
      until: until === undefined ? null : new Date(until).toISOString(),
    })),
    approvals: record.approvals
      .filter(({ commit }) => commit === candidate?.commit)
      .map(({ actor, at }) => ({ actor, at })),
    problems: assessment?.problems ?? [],
    last: record.history.findLast(({ kind }) => kind === "promotion") ?? null,
    pullRequest: pullRequest ?? null,
  };
}

function stateOf(gates: Parameters<typeof unmet>[0]): PromotionView["state"] {
  const inTheWay = unmet(gates);
  if (inTheWay.length === 0) return "ready";
  return inTheWay.some(({ state }) => state === "failed") ? "blocked" : "waiting";
}
