import { expect, test } from "vitest";
import { defaultRolloutPolicy, type Freeze } from "../../common/domain/index.ts";
import { windowAt } from "../../common/windows/index.ts";
import { frozenPolicy } from "./frozen-policy.ts";

const since = Date.parse("2026-12-20T08:00:00Z");
const hour = 3_600_000;
const freeze = (differs: Partial<Freeze> = {}): Freeze => ({
  environment: null,
  reason: "year-end",
  by: "ann",
  since: "2026-12-20T08:00:00.000Z",
  until: null,
  ...differs,
});
const moment = (freezes: readonly Freeze[], at: number) => {
  const { windows } = frozenPolicy(defaultRolloutPolicy, freezes, "prod", at);
  return windows === undefined ? "no windows" : windowAt(windows, at);
};

test("frozenPolicy() closes rollouts of what is frozen until it is lifted or over, and says why", () => {
  const reason = "everything is frozen by ann since 2026-12-20T08:00Z: year-end";
  expect(moment([freeze()], since + hour)).toEqual({ open: false, until: 8_640_000_000_000_000, reason });
  const short = freeze({ environment: "prod", until: "2026-12-20T10:00:00.000Z" });
  expect(moment([short], since + hour)).toMatchObject({ open: false, until: since + 2 * hour });
  expect(moment([short], since + 2 * hour)).toBe("no windows");
  expect(moment([freeze({ environment: "staging" })], since)).toBe("no windows");
});

test("frozenPolicy() keeps the windows that fleet.yaml has", () => {
  const windows = {
    timeZone: "UTC",
    allow: [],
    deny: [{ type: "dates", fromMs: 1, toMs: 2, reason: "" }],
    onClose: "stop",
  } as const;
  const frozen = frozenPolicy({ ...defaultRolloutPolicy, windows }, [freeze()], "prod", since).windows;
  expect(frozen).toMatchObject({ onClose: "stop", deny: [windows.deny[0], { toMs: 8_640_000_000_000_000 }] });
});
