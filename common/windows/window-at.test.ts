import { expect, test } from "vitest";
import type { DeploymentWindows } from "../domain/index.ts";
import { instantIn, isCron, isTimeZone } from "./calendar.ts";
import { neverOpens, windowAt } from "./window-at.ts";

const hour = 3_600_000;
const office: DeploymentWindows = {
  timeZone: "Europe/Berlin",
  allow: [{ type: "cron", cron: "0 9 * * 1-5", durationMs: 8 * hour, reason: "" }],
  deny: [],
  onClose: "finishWave",
};

/** "open until …" in UTC. */
function shown(windows: DeploymentWindows, at: string): string {
  const { open, until, reason } = windowAt(windows, Date.parse(at));
  const end = until === undefined ? "for ever" : `until ${new Date(until).toISOString().slice(0, 16)}`;
  return `${open ? "open" : `closed (${reason})`} ${end}`;
}

test.each([
  ["before the window", "2026-11-23T07:59:59Z", "closed (outside of all allowed windows) until 2026-11-23T08:00"],
  ["at its first moment", "2026-11-23T08:00:00Z", "open until 2026-11-23T16:00"],
  ["at its last moment", "2026-11-23T15:59:59Z", "open until 2026-11-23T16:00"],
  ["at its end", "2026-11-23T16:00:00Z", "closed (outside of all allowed windows) until 2026-11-24T08:00"],
  ["over the weekend", "2026-11-20T16:00:00Z", "closed (outside of all allowed windows) until 2026-11-23T08:00"],
  ["in summer time", "2026-07-01T06:59:00Z", "closed (outside of all allowed windows) until 2026-07-01T07:00"],
])("windowAt() knows office hours %s", (_, at, expected) => expect(shown(office, at)).toBe(expected));

test("windowAt() lets deny beat allow, names the reason, and shows when it opens next", () => {
  const fromMs = instantIn("Europe/Berlin", "2026-12-19") ?? 0;
  const toMs = instantIn("Europe/Berlin", "2027-01-07T12:00") ?? 0;
  const frozen: DeploymentWindows = { ...office, deny: [{ type: "dates", fromMs, toMs, reason: "year-end freeze" }] };
  expect(shown(frozen, "2026-12-18T15:00:00Z")).toBe("open until 2026-12-18T16:00");
  expect(shown(frozen, "2026-12-18T16:00:00Z")).toBe("closed (outside of all allowed windows) until 2027-01-07T11:00");
  expect(shown(frozen, "2026-12-22T10:00:00Z")).toBe("closed (year-end freeze) until 2027-01-07T11:00");
  expect(shown({ ...frozen, allow: [] }, "2026-12-18T16:00:00Z")).toBe("open until 2026-12-18T23:00");
  expect(shown({ ...frozen, allow: [] }, "2027-02-01T00:00:00Z")).toBe("open for ever");
});

test("windowAt() joins windows that follow each other, and spans midnight", () => {
  const nights: DeploymentWindows = {
    ...office,
    timeZone: "UTC",
    allow: [
      { type: "cron", cron: "0 22 * * *", durationMs: 4 * hour, reason: "" },
      { type: "cron", cron: "0 1 * * *", durationMs: 3 * hour, reason: "" },
    ],
  };
  expect(shown(nights, "2026-11-23T23:30:00Z")).toBe("open until 2026-11-24T04:00");
  expect(shown(nights, "2026-11-24T00:30:00Z")).toBe("open until 2026-11-24T04:00");
  expect(shown(nights, "2026-11-24T04:00:00Z")).toBe("closed (outside of all allowed windows) until 2026-11-24T22:00");
});

test("windowAt() follows the clocks of the time zone over their change", () => {
  const nightly: DeploymentWindows = {
    ...office,
    allow: [{ type: "cron", cron: "30 2 * * *", durationMs: hour, reason: "" }],
  };
  // On that night 02:30 does not exist: it opens at 03:00 summer time.
  expect(shown(nightly, "2026-03-28T12:00:00Z")).toBe("closed (outside of all allowed windows) until 2026-03-29T01:00");
});

test("neverOpens() finds windows that deny covers or that no calendar has", () => {
  const daily: DeploymentWindows = {
    timeZone: "UTC",
    allow: [{ type: "cron", cron: "0 9 * * *", durationMs: hour, reason: "" }],
    deny: [{ type: "cron", cron: "0 8 * * *", durationMs: 3 * hour, reason: "" }],
    onClose: "stop",
  };
  expect(neverOpens(daily, 0)).toBe(true);
  expect(neverOpens({ ...daily, deny: [] }, 0)).toBe(false);
  expect(
    neverOpens({ ...daily, allow: [{ type: "cron", cron: "0 9 30 2 *", durationMs: hour, reason: "" }], deny: [] }, 0),
  ).toBe(true);
});

test("instantIn(), isCron() and isTimeZone() refuse what no calendar or clock knows", () => {
  expect(instantIn("Europe/Berlin", "2026-12-20T18:00")).toBe(Date.parse("2026-12-20T17:00:00Z"));
  expect(instantIn("Europe/Berlin", "2026-02-30")).toBeUndefined();
  expect(instantIn("Europe/Berlin", "tomorrow")).toBeUndefined();
  expect(["0 9 * * 1-5", "61 * * * *", "0 9 * *", "0 0 9 * * *"].map(isCron)).toEqual([true, false, false, false]);
  expect(["Europe/Berlin", "UTC", "Mars/Olympus"].map(isTimeZone)).toEqual([true, true, false]);
});
