import { expect, test } from "vitest";
import type { PromotionCheck } from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import type { CheckGate } from "../gates/index.ts";
import { createChecks } from "./checks.ts";

const smoke: PromotionCheck = {
  name: "smoke",
  gate: { type: "http", url: "http://shop", status: 200, timeoutMs: 1_000, attempts: 1, intervalMs: 0 },
  recheckMs: 60_000,
};

/** Checks of "prod" whose questions are answered by hand. */
function setUp() {
  let now = 0;
  const asked: { readonly id: string; readonly revision: string; readonly signal: AbortSignal | undefined }[] = [];
  const answers: ((verdict: "passed" | "failed") => void)[] = [];
  const changed: string[] = [];
  const check: CheckGate = ({ id, revision }, { signal }) => {
    asked.push({ id, revision, signal });
    return new Promise((resolve) => answers.push((verdict) => resolve({ verdict, message: `it ${verdict}` })));
  };
  const open = () =>
    createChecks({
      check,
      clock: { now: () => now, sleep: async () => undefined },
      log: silentLogger(),
      signal: new AbortController().signal,
      changed: (environment) => changed.push(environment),
    });
  const stateOf = (checks: ReturnType<typeof open>, commit: string, isDue = true, list = [smoke]) =>
    checks
      .gates({
        environment: "prod",
        checks: list,
        commit,
        isDue,
        upstream: { environment: "staging", clusters: ["s"] },
      })
      .map(({ state, reason }) => `${state}: ${reason}`);
  return {
    asked,
    answers,
    changed,
    open,
    stateOf,
    pass(ms: number) {
      now += ms;
    },
  };
}

test("rule 3: createChecks() asks once, only when it is due, and is closed until there is an answer", async () => {
  const { asked, answers, changed, open, stateOf } = setUp();
  const checks = open();
  expect(stateOf(checks, "a", false)).toEqual(["waiting: Asked once everything else has passed"]);
  expect(asked).toEqual([]);
  for (let look = 0; look < 3; look++) expect(stateOf(checks, "a")).toEqual(["waiting: Is being asked"]);
  expect(asked.length).toBe(1);
  answers[0]?.("passed");
  await new Promise(setImmediate);
  expect([stateOf(checks, "a"), changed, asked.length]).toEqual([["passed: it passed"], ["prod"], 1]);
});

test("createChecks() asks anew for another commit, an edited check and an answer that is too old", async () => {
  const { asked, answers, open, stateOf, pass } = setUp();
  const checks = open();
  stateOf(checks, "a");
  answers[0]?.("passed");
  await new Promise(setImmediate);
  stateOf(checks, "b");
  stateOf(checks, "a", true, [{ ...smoke, gate: { ...smoke.gate, attempts: 2 } }]);
  expect(asked.map(({ revision }) => revision)).toEqual(["a", "b", "a"]);
  pass(60_000);
  expect(stateOf(checks, "a")).toEqual(["waiting: Is being asked"]);
  expect(new Set(asked.map(({ id }) => id)).size).toBe(4);
});

test("createChecks() has the same id for the same question after a restart, so that a Job is found again", () => {
  const { asked, open, stateOf, pass } = setUp();
  stateOf(open(), "a");
  pass(1_000);
  stateOf(open(), "a");
  expect(asked[1]?.id).toBe(asked[0]?.id);
});

test("createChecks() ends questions about commits that nobody looks at any more", () => {
  const { asked, open, stateOf } = setUp();
  const checks = open();
  for (const commit of ["a", "b", "c", "d", "e"]) stateOf(checks, commit);
  expect(asked.map(({ signal }) => signal?.aborted)).toEqual([true, false, false, false, false]);
});
