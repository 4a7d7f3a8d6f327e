import { createColors } from "picocolors";
import { expect, test } from "vitest";
import { age, atMost, firstLine, formatValue, paintHealth, paintSync, shortRevision } from "./output.ts";

const at = Date.parse("2026-03-01T00:00:00Z");
const before = (seconds: number) => new Date(at - seconds * 1000).toISOString();

test("age() is told in the unit that people would use", () => {
  expect([0, 1.4, 119, 120, 7_199, 7_200, 172_799, 172_800, 8_640_000].map((ago) => age(before(ago), at))).toEqual([
    "0s",
    "1s",
    "119s",
    "2m",
    "119m",
    "2h",
    "47h",
    "2d",
    "100d",
  ]);
});

test("age() knows never, and a clock that is behind", () => {
  expect([age(null, at), age("", at), age(before(-30), at)]).toEqual(["never", "never", "0s"]);
});

test("shortRevision(), firstLine() and atMost() shorten and say so", () => {
  expect([
    shortRevision("0123456789abcdef"),
    shortRevision(""),
    shortRevision(null),
    firstLine("one"),
    firstLine("one\ntwo\nthree"),
    atMost(["a", "b"], 2),
    atMost(["a", "b", "c"], 2),
  ]).toEqual(["01234567", "-", "-", "one", "one (+2 more)", ["a", "b"], ["a", "b", "… and 1 more"]]);
});

test("formatValue() writes JSON and YAML without anchors", () => {
  const shared = { a: 1 };
  expect([formatValue([shared, shared], "json"), formatValue([shared, shared], "yaml")]).toEqual([
    '[\n  {\n    "a": 1\n  },\n  {\n    "a": 1\n  }\n]',
    "- a: 1\n- a: 1",
  ]);
});

test("paintHealth() and paintSync() are green only for what is well", () => {
  const paint = createColors(true);
  expect([
    paintHealth("Healthy", paint),
    paintHealth("Degraded", paint),
    paintHealth("Progressing", paint),
    paintSync("Synced", paint),
    paintSync("OutOfSync", paint),
    paintHealth("Healthy", createColors(false)),
  ]).toEqual([
    "\u001b[32mHealthy\u001b[39m",
    "\u001b[31mDegraded\u001b[39m",
    "\u001b[33mProgressing\u001b[39m",
    "\u001b[32mSynced\u001b[39m",
    "\u001b[33mOutOfSync\u001b[39m",
    "Healthy",
  ]);
});
