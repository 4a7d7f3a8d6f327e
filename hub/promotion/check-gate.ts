import type { PromotionCheck } from "../../common/domain/index.ts";
import type { Gate } from "./gate.ts";

/** What is known of one check for one commit. Times are milliseconds since 1970. */
export interface CheckAnswer {
  readonly verdict: "running" | "passed" | "failed";
  /** What was seen; while it runs, what it said last. */
  readonly message: string;
  readonly at: number;
  /** Counts from 1; starts anew when the answer has become too old. */
  readonly attempt: number;
}

export interface CheckStep {
  readonly gate: Gate;
  /** It is to be asked now, for this time; undefined: not now. */
  readonly ask: number | undefined;
}

/**
 * How a check stands. Closed while nothing is known. `isDue`: everything else has passed; before that it is not asked. An answer
 * counts for `recheckMs`; a failed one is asked for again after the gate's interval, as often as its attempts say, then when it
 * has become too old.
 */
export function checkStep(
  check: PromotionCheck,
  answer: CheckAnswer | undefined,
  isDue: boolean,
  now: number,
): CheckStep {
  const name = `check/${check.name}`;
  const { gate, recheckMs } = check;
  if (answer?.verdict === "running") {
    return { gate: { name, state: "waiting", reason: answer.message }, ask: undefined };
  }
  const age = answer === undefined ? Number.POSITIVE_INFINITY : now - answer.at;
  if (answer === undefined || age >= recheckMs) {
    const reason = isDue ? "Is being asked" : "Asked once everything else has passed";
    return { gate: { name, state: "waiting", reason }, ask: isDue ? 1 : undefined };
  }
  const { verdict, message, at, attempt } = answer;
  if (verdict === "passed") return { gate: { name, state: "passed", reason: message }, ask: undefined };
  const isLast = attempt >= gate.attempts;
  const next = at + (isLast ? recheckMs : gate.intervalMs);
  if (!isLast && now >= next && isDue) {
    return { gate: { name, state: "waiting", reason: `${message}; is asked again` }, ask: attempt + 1 };
  }
  const reason = `${message} (attempt ${attempt} of ${gate.attempts})`;
  return { gate: { name, state: isLast ? "failed" : "waiting", reason, until: Math.max(now, next) }, ask: undefined };
}
