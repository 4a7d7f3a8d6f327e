import { describe, expect, test } from "vitest";
import type { AssignedObject, HookDeletePolicy, HookPhase } from "../../common/domain/index.ts";
import { refKey } from "../../common/domain/index.ts";
import {
  contentOf,
  emptyRecord,
  type HookRecord,
  type HookRun,
  type MadeObject,
  retried,
  withContent,
  withRemovals,
} from "./hook-record.ts";

function hookOf(
  name: string,
  phases: readonly HookPhase[],
  { digest = "1", wave = 0, policies = [] as readonly HookDeletePolicy[] } = {},
): AssignedObject {
  return {
    apiVersion: "batch/v1",
    ref: { group: "batch", kind: "Job", namespace: "shop", name },
    digest,
    source: "",
    wave,
    hook: { moments: phases.map((phase) => ({ phase, only: "" })), deletePolicies: policies, timeoutSeconds: 0 },
  };
}

function runOf(name: string, state: HookRun["state"], digest = "1", generation = 1): HookRun {
  return { state, mark: `${name}-mark`, startedAt: 0, digest, uid: `${name}-uid`, message: "", generation };
}

function madeOf(name: string, removal: MadeObject["removal"] = ""): MadeObject {
  const { apiVersion, ref } = hookOf(name, []);
  return { apiVersion, ref, uid: `${name}-uid`, mark: `${name}-mark`, removal };
}

const key = (name: string) => refKey(hookOf(name, []).ref);

function recordOf(runs: Readonly<Record<string, HookRun["state"]>>, extra: Partial<HookRecord> = {}): HookRecord {
  const names = Object.keys(runs).map((id) => id.split(" ")[1] ?? "");
  return {
    ...emptyRecord,
    content: "old",
    runs: Object.fromEntries(
      Object.entries(runs).map(([id, state]) => {
        const [phase = "", name = ""] = id.split(" ");
        return [`${phase} ${key(name)}`, runOf(name, state)];
      }),
    ),
    made: Object.fromEntries(names.map((name) => [key(name), madeOf(name)])),
    ...extra,
  };
}

const removals = ({ made }: HookRecord) =>
  Object.fromEntries(Object.values(made).map(({ ref, removal }) => [ref.name, removal]));

describe("contentOf()", () => {
  test("stands for the objects, wherever they are written", () => {
    const object = hookOf("a", ["PreSync"]);
    expect(contentOf([{ ...object, source: "b.yaml:3" }])).toBe(contentOf([object]));
    expect(contentOf([{ ...object, digest: "2" }])).not.toBe(contentOf([object]));
  });
});

describe("withContent()", () => {
  const objects = [hookOf("a", ["PreSync"]), hookOf("z", ["PostSync"])];

  test("goes on where it was for the same content", () => {
    const record = recordOf({ "PreSync a": "succeeded" });
    expect(withContent(record, "old", objects, true)).toBe(record);
  });

  test("begins anew for another content and stops what runs", () => {
    const record = recordOf({ "PreSync a": "succeeded", "PostSync z": "running" });
    const next = withContent(record, "new", objects, false);
    expect(next).toMatchObject({ content: "new", runs: {}, isInstalled: false });
    expect(removals(next)).toEqual({ a: "", z: "stop" });
  });

  test("lets a first hook go on that is to be run just so again", () => {
    const record = recordOf({ "PreSync a": "running" });
    const same = withContent(record, "new", objects, false);
    expect(same.runs).toEqual(record.runs);
    expect(removals(same)).toEqual({ a: "" });
    const others = [
      [hookOf("a", ["PreSync"], { digest: "2" })],
      [hookOf("b", ["PreSync"], { wave: -1 }), hookOf("a", ["PreSync"])],
      [hookOf("a", ["Sync"])],
    ];
    for (const other of others) {
      const next = withContent(record, "new", other, false);
      expect(next.runs).toEqual({});
      expect(removals(next)).toEqual({ a: "stop" });
    }
  });

  test("knows an upgrade by a former sync, or by what was applied before", () => {
    const installed = (record: HookRecord, isApplied: boolean) =>
      withContent(record, "new", objects, isApplied).isInstalled;
    expect(installed(emptyRecord, false)).toBe(false);
    expect(installed(emptyRecord, true)).toBe(true);
    expect(installed(recordOf({}), true)).toBe(false);
    expect(installed(recordOf({}, { isSynced: true }), false)).toBe(true);
    expect(installed(recordOf({}, { isInstalled: true }), false)).toBe(true);
  });
});

describe("retried()", () => {
  test("forgets what failed and what was run because of it, and nothing when that is not due", () => {
    const record = recordOf({ "PreSync a": "succeeded", "PreSync b": "failed", "SyncFail c": "succeeded" });
    expect(retried(record, () => false)).toBe(record);
    expect(Object.keys(retried(record, () => true).runs)).toEqual([`PreSync ${key("a")}`]);
  });
});

describe("withRemovals()", () => {
  const policies: readonly HookDeletePolicy[] = ["HookSucceeded"];

  test("takes what succeeded once its whole phase is over", () => {
    const objects = [hookOf("a", ["Sync"], { policies }), hookOf("b", ["Sync"], { wave: 2 })];
    expect(removals(withRemovals(recordOf({ "Sync a": "succeeded" }), objects))).toEqual({ a: "" });
    const going = recordOf({ "Sync a": "succeeded", "Sync b": "running" });
    expect(removals(withRemovals(going, objects))).toEqual({ a: "", b: "" });
    const failed = recordOf({ "Sync a": "succeeded", "Sync b": "failed" });
    expect(removals(withRemovals(failed, objects))).toEqual({ a: "tidy", b: "" });
  });

  test("takes what failed only by its policy, and what left Git always", () => {
    const objects = [
      hookOf("a", ["PreSync"], { policies: ["HookFailed"] }),
      hookOf("b", ["PreSync"], { policies }),
      hookOf("c", ["PreSync"]),
    ];
    const record = recordOf({
      "PreSync a": "failed",
      "PreSync b": "failed",
      "PreSync c": "failed",
      "PreSync d": "failed",
    });
    expect(removals(withRemovals(record, objects))).toEqual({ a: "tidy", b: "", c: "", d: "tidy" });
  });

  test("lets go of what became an object to keep", () => {
    const { hook: _hook, ...kept } = hookOf("a", []);
    expect(removals(withRemovals(recordOf({ "PreSync a": "succeeded" }), [kept]))).toEqual({});
  });
});
