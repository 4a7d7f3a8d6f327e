import { expect, test } from "vitest";
import type { PromotionRecordView } from "../../common/domain/index.ts";
import { measure } from "./measure.ts";

const prod = { environment: "prod", application: null };
const hour = 3_600_000;
const day = 24 * hour;
const now = Date.parse("2026-11-23T12:00:00Z");
const record = (
  kind: PromotionRecordView["kind"],
  hoursAgo: number,
  from: string | null,
  to: string,
): PromotionRecordView => ({
  ...{ kind, environment: "prod", from, to, commit: to, actor: "ann", proof: [], bypassed: [], reason: "" },
  at: new Date(now - hoursAgo * hour).toISOString(),
});
const writtenHoursAgo: Readonly<Record<string, number>> = { b: 50, c: 40, d: 10 };
const writtenAt = (commit: string) => {
  const hours = writtenHoursAgo[commit];
  return hours === undefined ? undefined : now - hours * hour;
};

test("measure() counts promotions of the window, how old their commits were, and what was taken back how soon", () => {
  const history = [
    record("promotion", 20 * 24, null, "a"),
    record("promotion", 48, "a", "b"),
    record("promotion", 30, "b", "c"),
    record("rollback", 29, "c", "r"),
    record("promotion", 2, "r", "d"),
  ];
  expect(measure(prod, { history, healths: {}, writtenAt }, { now, windowMs: 7 * day })).toEqual({
    ...{ ...prod, windowMs: 7 * day, deployments: 3, deploymentsPerDay: 3 / 7 },
    ...{ leadTimeMs: 8 * hour, changeFailureRate: 1 / 3, restoreMs: hour, unwatched: 3, waitedMs: {} },
  });
});

test("measure() tells the median wait on each gate of those promotions that waited there", () => {
  const history = [
    { ...record("promotion", 40, "a", "b"), waitedMs: { soak: 99 * hour } },
    { ...record("promotion", 9, "a", "b"), waitedMs: { soak: hour, approvals: 5 * hour } },
    { ...record("promotion", 8, "b", "c"), waitedMs: { soak: 2 * hour } },
    record("promotion", 7, "c", "d"),
  ];
  expect(measure(prod, { history, healths: {}, writtenAt }, { now, windowMs: day }).waitedMs).toEqual({
    ...{ approvals: 5 * hour, soak: 1.5 * hour },
  });
});

test("measure() knows nothing of an environment that nothing came into", () => {
  expect(
    measure(
      prod,
      { history: [record("promotion", 20 * 24, null, "a")], healths: {}, writtenAt },
      { now, windowMs: day },
    ),
  ).toEqual({
    ...{ ...prod, windowMs: day, deployments: 0, deploymentsPerDay: 0 },
    ...{ leadTimeMs: null, changeFailureRate: null, restoreMs: null, unwatched: 0, waitedMs: {} },
  });
});

test("measure() takes what came into it the day before a rollback of something else as good", () => {
  const history = [
    record("promotion", 9, null, "b"),
    record("rollback", 8, "x", "r"),
    record("promotion", 7, "r", "unknown"),
  ];
  expect(measure(prod, { history, healths: {}, writtenAt }, { now, windowMs: day })).toMatchObject({
    ...{ deployments: 2, changeFailureRate: 0, restoreMs: null, leadTimeMs: 41 * hour },
  });
});

test("measure() goes by when the environment was healthy, where somebody watched; what was replaced before that starts the clock of the next", () => {
  const at = (hoursAgo: number) => new Date(now - hoursAgo * hour).toISOString();
  const history = [
    record("promotion", 49, "a", "b"),
    record("promotion", 39, "b", "c"),
    record("promotion", 9, "c", "d"),
    record("rollback", 6, "d", "r"),
  ];
  const healths = {
    b: {},
    c: { healthyAt: at(38), failedAt: at(30), restoredAt: at(26) },
    d: { failedAt: at(8) },
    r: { healthyAt: at(5) },
  };
  expect(measure(prod, { history, healths, writtenAt }, { now, windowMs: 7 * day })).toMatchObject({
    // "b" was written 50 hours ago and finished as part of "c"; "d" never was healthy.
    ...{ deployments: 3, leadTimeMs: 12 * hour, changeFailureRate: 2 / 3, restoreMs: 3.5 * hour, unwatched: 0 },
  });
});
