import { expect, test } from "vitest";
import { windowGate } from "./window-gate.ts";

const hour = 3_600_000;
const office = {
  timeZone: "Europe/Berlin",
  allow: [{ type: "cron", cron: "0 9 * * 1-5", durationMs: 8 * hour, reason: "" }],
  deny: [
    {
      type: "dates",
      fromMs: Date.parse("2026-12-23T00:00Z"),
      toMs: Date.parse("2027-01-04T08:30Z"),
      reason: "holidays",
    },
  ],
} as const;

test.each([
  ["2026-11-23T08:00Z", "passed", "Open until 2026-11-23T16:00Z", undefined],
  [
    "2026-11-20T16:00Z",
    "waiting",
    "Closed: outside of all allowed windows, opens 2026-11-23T08:00Z",
    "2026-11-23T08:00Z",
  ],
  ["2026-12-24T10:00Z", "waiting", "Closed: holidays, opens 2027-01-04T08:30Z", "2027-01-04T08:30Z"],
])("rule 10: windowGate at %s has %s, deny beating allow, and says when that changes", (at, state, reason, until) => {
  expect(windowGate(office, Date.parse(at))).toEqual({
    name: "window",
    state,
    reason,
    ...(until === undefined ? {} : { until: Date.parse(until) }),
  });
});

test("windowGate without windows is open, and closed for good after the last of them", () => {
  expect(windowGate(undefined, 0)).toEqual({ name: "window", state: "passed", reason: "Always open" });
  const once = { timeZone: "UTC", allow: [{ type: "dates", fromMs: 0, toMs: hour, reason: "" }], deny: [] } as const;
  expect(windowGate(once, hour)).toEqual({
    name: "window",
    state: "failed",
    reason: "Closed: outside of all allowed windows, and it does not open any more",
  });
});
