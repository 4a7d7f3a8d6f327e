import { expect, test } from "vitest";
import { failed, passed, waiting } from "./gate.ts";
import { obstacles } from "./passable.ts";

const names = (asked: Parameters<typeof obstacles>[1]) => {
  const gates = ["upstream", "soak", "batch", "freeze", "window", "approvals", "quarantine", "line"].map((name) =>
    waiting(name, ""),
  );
  const { closed, bypassed } = obstacles([...gates, failed("hold", ""), passed("check/smoke", "")], asked);
  return { closed: closed.map(({ name }) => name), bypassed: bypassed.map(({ name }) => name) };
};

test("obstacles() lets people past the order and the hold of automation, and past nothing else", () => {
  expect(names({ isNamed: false, isEmergency: false })).toEqual({
    closed: ["upstream", "soak", "freeze", "window", "approvals", "quarantine", "line"],
    bypassed: [],
  });
});

test("rule 10: obstacles() lets who calls it an emergency past freezes and windows, but not past approvals", () => {
  expect(names({ isNamed: false, isEmergency: true })).toEqual({
    closed: ["upstream", "soak", "approvals", "quarantine", "line"],
    bypassed: ["freeze", "window"],
  });
});

test("rule 15: obstacles() lets who names a commit past its proof, which is recorded", () => {
  expect(names({ isNamed: true, isEmergency: false })).toEqual({
    closed: ["freeze", "window", "approvals", "line"],
    bypassed: ["upstream", "soak", "quarantine"],
  });
});
