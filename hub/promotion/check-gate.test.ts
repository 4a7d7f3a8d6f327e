import { expect, test } from "vitest";
import type { PromotionCheck } from "../../common/domain/index.ts";
import { type CheckAnswer, checkStep } from "./check-gate.ts";

const check: PromotionCheck = {
  name: "smoke",
  gate: { type: "http", url: "http://shop/healthz", status: 200, timeoutMs: 1_000, attempts: 2, intervalMs: 5_000 },
  recheckMs: 60_000,
};
const now = 1_000_000;
const answer = (verdict: CheckAnswer["verdict"], ageMs: number, attempt = 1): CheckAnswer => ({
  verdict,
  message: "shop answered 503",
  at: now - ageMs,
  attempt,
});

test.each([
  [
    "nothing is known, something else waits",
    undefined,
    false,
    "waiting",
    "Asked once everything else has passed",
    undefined,
  ],
  ["nothing is known, and it is its turn", undefined, true, "waiting", "Is being asked", 1],
  ["it is asked now", answer("running", 0), true, "waiting", "shop answered 503", undefined],
  ["it passed just now", answer("passed", 1_000), true, "passed", "shop answered 503", undefined],
  ["it passed too long ago", answer("passed", 60_000), true, "waiting", "Is being asked", 1],
  [
    "it passed too long ago, and something else waits by now",
    answer("passed", 60_000),
    false,
    "waiting",
    "Asked once everything else has passed",
    undefined,
  ],
  [
    "it failed, and may again",
    answer("failed", 1_000),
    true,
    "waiting",
    "shop answered 503 (attempt 1 of 2)",
    undefined,
  ],
  [
    "it failed, and its interval is over",
    answer("failed", 5_000),
    true,
    "waiting",
    "shop answered 503; is asked again",
    2,
  ],
  [
    "it failed as often as it may",
    answer("failed", 5_000, 2),
    true,
    "failed",
    "shop answered 503 (attempt 2 of 2)",
    undefined,
  ],
  ["that is long ago", answer("failed", 60_000, 2), true, "waiting", "Is being asked", 1],
] as const)("rule 3: checkStep() when %s", (_, known, isDue, state, reason, ask) => {
  expect(checkStep(check, known, isDue, now)).toMatchObject({ gate: { name: "check/smoke", state, reason }, ask });
});

test("checkStep() says when a failed check is asked again", () => {
  expect(checkStep(check, answer("failed", 1_000), true, now).gate.until).toBe(now + 4_000);
  expect(checkStep(check, answer("failed", 1_000, 2), true, now).gate.until).toBe(now + 59_000);
});
