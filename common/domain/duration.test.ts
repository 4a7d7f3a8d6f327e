import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test("parseDuration() reads hours, minutes, seconds and milliseconds", () => {
  expect(["30s", "10m", "1h30m", "500ms", "0s", "1m5ms"].map(parseDuration)).toEqual([
    30_000, 600_000, 5_400_000, 500, 0, 60_005,
  ]);
});

test("parseDuration() refuses what is no duration", () => {
  expect(["", "10", "10 m", "m", "-1s", "1.5h", "5s10m"].map(parseDuration)).toEqual(Array(7).fill(undefined));
});
