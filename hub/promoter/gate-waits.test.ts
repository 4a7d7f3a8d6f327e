import { expect, test } from "vitest";
import type { Gate } from "../promotion/index.ts";
import { type GateWaits, waitedAt, withLook } from "./gate-waits.ts";

const gate = (name: string, state: Gate["state"]): Gate => ({ name, state, reason: "" });
const looks = (...all: readonly (readonly [at: number, candidate: string, soak: Gate["state"]])[]) =>
  all.reduce<GateWaits | undefined>(
    (waits, [at, candidate, soak]) => withLook(waits, candidate, [gate("soak", soak), gate("window", "passed")], at),
    undefined,
  );

test("a commit waited on a gate from when it was first seen closed until it was seen passed", () => {
  const waits = looks([10, "a", "waiting"], [20, "a", "waiting"], [50, "a", "passed"], [90, "a", "passed"]);
  expect(waitedAt(waits, "a")).toEqual({ waitedMs: { soak: 40 } });
});

test("a gate that closed again has let it through the last time that it passed", () => {
  const waits = looks([10, "a", "waiting"], [20, "a", "passed"], [30, "a", "failed"], [70, "a", "passed"]);
  expect(waitedAt(waits, "a")).toEqual({ waitedMs: { soak: 60 } });
});

test.each([
  ["for gates that were open from the start", looks([10, "a", "passed"])],
  ["for a gate that somebody goes past", looks([10, "a", "waiting"])],
  ["of another commit", looks([10, "b", "waiting"], [20, "b", "passed"])],
  ["before the first look", undefined],
])("nothing is told %s", (_title, waits) => {
  expect(waitedAt(waits, "a")).toEqual({});
});

test("a newer commit begins anew, and a look without news changes nothing", () => {
  const waits = looks([10, "a", "waiting"], [30, "b", "waiting"]);
  expect(waits).toEqual({ candidate: "b", gates: { soak: { since: 30, until: undefined } } });
  expect(withLook(waits, "b", [gate("soak", "waiting")], 40)).toBe(waits);
  expect(withLook(waits, undefined, [], 50)).toBeUndefined();
});
