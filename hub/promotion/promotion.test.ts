import { expect, test } from "vitest";
import { approvalGate } from "./approvals.ts";
import type { Change } from "./change.ts";
import { choose } from "./choose.ts";
import { soakAfter, soakGate } from "./soak.ts";
import { stageHealth } from "./stage-health.ts";

const change = (ordinal: number): Change => ({
  commit: `c${ordinal}`,
  tree: `t${ordinal}`,
  ordinal,
  author: "ann@example.com",
});
const none = { quarantined: new Set<string>(), lastMovedAt: undefined, now: 0 };

test("rule 4: stageHealth wants the quorum well and nobody unwell; who is offline is neither", () => {
  const evidence = { clusters: 4, well: 3, offline: 1, drifted: 0, trouble: "" };
  expect(stageHealth(evidence, 75)).toEqual({
    isWell: true,
    reason: "3 of 4 clusters run it and are healthy, 1 offline",
  });
  expect(stageHealth(evidence, 100).isWell).toBe(false);
  expect(stageHealth({ ...evidence, offline: 0, drifted: 1, trouble: 'cluster "east": drifted' }, 75)).toEqual({
    isWell: false,
    reason: '3 of 4 clusters run it and are healthy, 3 needed, 1 drifted: cluster "east": drifted',
  });
  expect(stageHealth({ ...evidence, clusters: 0, well: 0, offline: 0 }, 0).isWell).toBe(false);
});

test("rule 5: soak counts only time without a break; another content, ill health or an absent hub add nothing", () => {
  const look = { content: "a", isWell: true, isContinuous: true };
  const first = soakAfter(undefined, { ...look, now: 1_000 });
  const later = soakAfter(first, { ...look, now: 61_000 });
  expect(soakGate(later, "a", 60_000, 61_000).state).toBe("passed");
  expect(soakGate(later, "a", 120_000, 61_000)).toEqual({
    name: "soak",
    state: "waiting",
    reason: "Healthy for 1m of 2m",
    until: 121_000,
  });
  expect(soakGate(later, "b", 1, 61_000).state).toBe("waiting");
  expect(soakGate(undefined, "a", 60_000, 61_000)).toEqual({
    name: "soak",
    state: "waiting",
    reason: "Starts when it is healthy, then takes 1m",
  });
  expect(soakGate(undefined, "a", 0, 61_000).state).toBe("passed");
  const ill = soakAfter(later, { ...look, isWell: false, now: 62_000 });
  expect(soakAfter(ill, { ...look, now: 63_000 }).since).toBe(63_000);
  expect(soakAfter(later, { ...look, content: "b", now: 63_000 }).since).toBe(63_000);
  const back = soakAfter(later, { ...look, now: 161_000, isContinuous: false });
  expect([soakGate(back, "a", 61_000, 161_000).state, soakGate(back, "a", 61_000, 162_000).state]).toEqual([
    "waiting",
    "passed",
  ]);
});

test("rule 7: choose takes the newest proven commit, whatever is in flight; queue goes one by one; batch waits", () => {
  const input = { ...none, proven: [change(4), change(2), change(3)], running: change(1) };
  expect(choose({ kind: "latest" }, input).change?.ordinal).toBe(4);
  expect(choose({ kind: "queue" }, input).change?.ordinal).toBe(2);
  const batch = { kind: "batch", windowMs: 100 } as const;
  expect(choose(batch, { ...input, lastMovedAt: 50, now: 100 })).toEqual({
    change: undefined,
    reason: "The next batch is not due yet",
    until: 150,
  });
  expect(choose(batch, { ...input, lastMovedAt: 50, now: 150 }).change?.ordinal).toBe(4);
});

test("rule 13: choose never takes what is quarantined, whatever commit its tree comes back in", () => {
  const again = { ...change(5), tree: "t4" };
  const input = { ...none, proven: [change(4), again], running: change(3), quarantined: new Set(["t4"]) };
  expect(choose({ kind: "latest" }, input)).toEqual({
    change: undefined,
    reason: "What is proven upstream is quarantined",
  });
  expect(choose({ kind: "latest" }, { ...input, proven: [change(3), change(2)] }).reason).toBe(
    "Nothing newer is proven upstream",
  );
});

test("rule 9: approvalGate counts people other than the author, for this commit with this content only", () => {
  const approval = (actor: string, commit = "c4", content = "x") => ({ actor, commit, content, at: "" });
  const gate = (approvals: readonly ReturnType<typeof approval>[], needed: number) =>
    approvalGate(approvals, change(4), "x", needed);
  expect(gate([], 0).state).toBe("passed");
  expect(gate([approval("ben"), approval("ben"), approval("ann@example.com")], 2).reason).toBe(
    "1 of 2 approvals (ben); the author's own does not count",
  );
  expect(gate([approval("ben"), approval("Ben"), approval("Ann@Example.com")], 2).reason).toBe(
    "1 of 2 approvals (ben); the author's own does not count",
  );
  expect(gate([], 1)).toEqual({ name: "approvals", state: "waiting", reason: "0 of 1 approvals" });
  expect(gate([approval("ben", "c3"), approval("cy", "c4", "y")], 1).state).toBe("waiting");
  expect(gate([approval("ben"), approval("cy")], 2)).toEqual({
    name: "approvals",
    state: "passed",
    reason: "Approved by ben, cy",
  });
});
