import { expect, test } from "vitest";
import { type KnownStatuses, statusGate } from "./status-gate.ts";

const revision = "0123456789abcdef0123456789abcdef01234567";
const known = (...states: ("pending" | "success" | "failure")[]): KnownStatuses => ({
  kind: "known",
  statuses: new Map([["ci", states.map((state) => ({ state, description: "12 tests" }))]]),
});
const what = 'Status "ci" of 0123456789ab';

test.each([
  ["a success opens it", known("success"), "passed", `${what} is success: 12 tests`],
  ["what is pending is waited for", known("pending"), "waiting", `${what} is pending: 12 tests`],
  ["a failure closes it", known("failure"), "failed", `${what} is failure: 12 tests`],
  ["a missing status closes it", { kind: "known", statuses: new Map() }, "waiting", `${what} is not there`],
  [
    "a duplicate closes it, whatever it says",
    known("success", "success"),
    "failed",
    `${what} is there 2 times: nobody can tell which one counts`,
  ],
  [
    "an unreachable forge closes it",
    { kind: "unreachable", reason: "the forge is away" },
    "waiting",
    `${what} is not known: the forge is away`,
  ],
  ["nothing is known at first", { kind: "unasked" }, "waiting", `${what} is being asked for`],
] as const)("rule 3: statusGate(): %s", (_, statuses, state, reason) => {
  expect(statusGate("ci", revision, statuses)).toEqual({ name: "status/ci", state, reason });
});
