import { expect, test } from "vitest";
import type { Freeze } from "../../common/domain/index.ts";
import { freezeGate } from "./freeze-gate.ts";

const freeze = (differs: Partial<Freeze> = {}): Freeze => ({
  environment: null,
  reason: "year-end",
  by: "ann",
  since: "2026-12-20T08:00:00.000Z",
  until: null,
  ...differs,
});
const now = Date.parse("2026-12-21T00:00:00Z");

test("rule 10: freezeGate is closed while everything or the environment is frozen, and says by whom, since when and why", () => {
  expect(freezeGate([], "prod", now)).toEqual({ name: "freeze", state: "passed", reason: "Not frozen" });
  expect(freezeGate([freeze()], "prod", now)).toEqual({
    name: "freeze",
    state: "failed",
    reason: "Everything is frozen by ann since 2026-12-20T08:00Z: year-end",
  });
  const own = freeze({ environment: "prod", until: "2026-12-22T08:00:00.000Z", reason: "audit", by: "ben" });
  expect(freezeGate([own], "prod", now)).toEqual({
    name: "freeze",
    state: "waiting",
    reason: '"prod" is frozen by ben since 2026-12-20T08:00Z until 2026-12-22T08:00Z: audit',
    until: Date.parse("2026-12-22T08:00:00Z"),
  });
  expect(freezeGate([own], "staging", now).state).toBe("passed");
  expect(freezeGate([own], "prod", Date.parse("2026-12-22T08:00:00Z")).state).toBe("passed");
  expect(freezeGate([freeze(), own], "prod", now)).toMatchObject({
    state: "failed",
    reason: expect.stringMatching(/year-end; .*audit/),
  });
});
