import { expect, test } from "vitest";
import { type MoveHealths, withHealth } from "./move-health.ts";

const at = (second: number) => new Date(second * 1_000).toISOString();
const look = (revision: string | undefined, well: number, degraded: number) => ({
  revision,
  clusters: 2,
  well,
  degraded,
});

test("withHealth() notes when a tip was first healthy everywhere, first degraded, and healthy again", () => {
  let healths: MoveHealths = {};
  const seen = (second: number, ...args: Parameters<typeof look>) => {
    healths = withHealth(healths, look(...args), second * 1_000);
    return healths;
  };
  expect(seen(1, undefined, 2, 0)).toEqual({});
  expect(seen(2, "a", 1, 0)).toEqual({ a: {} });
  expect(seen(3, "a", 2, 0)).toEqual({ a: { healthyAt: at(3) } });
  expect(seen(4, "a", 1, 1)).toEqual({ a: { healthyAt: at(3), failedAt: at(4) } });
  const restored = { a: { healthyAt: at(3), failedAt: at(4), restoredAt: at(5) } };
  expect(seen(5, "a", 2, 0)).toEqual(restored);
  expect(withHealth(healths, look("a", 1, 1), 6_000)).toBe(healths);
  expect(seen(7, "b", 1, 1)).toEqual({ ...restored, b: { failedAt: at(7) } });
});

test("withHealth() does not tell of the tip that was there before anybody looked", () => {
  const first = withHealth(undefined, look("a", 2, 0), 1_000);
  expect(first).toEqual({ a: null });
  expect(withHealth(first, look("a", 1, 1), 2_000)).toBe(first);
  expect(withHealth(undefined, look(undefined, 0, 0), 1_000)).toEqual({});
});

test("withHealth() knows nothing of an environment without clusters, and forgets the oldest of many tips", () => {
  expect(withHealth({}, { revision: "a", clusters: 0, well: 0, degraded: 0 }, 0)).toEqual({ a: {} });
  let healths: MoveHealths = {};
  for (let index = 0; index < 300; index++) healths = withHealth(healths, look(`${index}x`, 2, 0), 0);
  expect([Object.keys(healths).length, Object.keys(healths)[0]]).toEqual([200, "100x"]);
});
