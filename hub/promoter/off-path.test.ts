import { expect, test } from "vitest";
import { passed, waiting } from "../promotion/index.ts";
import { explicitly, isOffPath } from "./off-path.ts";

const change = (ordinal: number) => ({ commit: "0123456789abcdef", tree: "t", ordinal, author: "" });
const upstream = (ordinal: number | undefined) => ({
  name: "staging",
  record: { soak: undefined, changedAt: undefined },
  newest: ordinal === undefined ? undefined : change(ordinal),
  proven: [],
  proof: undefined,
  gates: () => [],
});

test("rule 15: a commit that an upstream environment has not reached is off the path; an older one is not", () => {
  const isOff = (...newest: readonly (number | undefined)[]) => isOffPath(change(5), newest.map(upstream));
  expect([isOff(5), isOff(6), isOff(4), isOff(undefined), isOff(6, 4)]).toEqual([false, false, true, true, true]);
});

test("rule 15: explicitly() says whose word a commit off the path needs", () => {
  const gate = waiting("approvals", "0 of 1 approvals");
  expect(explicitly(gate, "prod", change(5)).reason).toBe(
    "0 of 1 approvals: it was not upstream yet, so it needs an explicit approval ('drover approve prod --revision 0123456789ab')",
  );
  expect(explicitly(gate, "prod", change(Number.MAX_SAFE_INTEGER)).reason).toContain("the trunk does not have it");
  expect(explicitly(passed("approvals", "Approved by ben"), "prod", change(5)).state).toBe("passed");
});
