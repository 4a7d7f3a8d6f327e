import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AssignedObject, type HookMoment, type HookPhase, hookPhases } from "../../common/domain/index.ts";
import { deletionFrontOf, type Front, frontOf, type HookState, type Progress } from "./front.ts";

function objectOf(name: string, wave = 0, kind = "ConfigMap"): AssignedObject {
  const group = kind === "CustomResourceDefinition" ? "apiextensions.k8s.io" : "";
  return { apiVersion: "v1", ref: { group, kind, namespace: "", name }, digest: "1", source: "", wave };
}

function hookOf(name: string, phases: readonly (HookPhase | HookMoment)[], wave = 0): AssignedObject {
  const moments = phases.map((phase) => (typeof phase === "string" ? { phase, only: "" as const } : phase));
  return { ...objectOf(name, wave, "Job"), hook: { moments, deletePolicies: [], timeoutSeconds: 0 } };
}

interface Given {
  readonly done?: readonly string[];
  /** By "PreSync migrate". */
  readonly hooks?: Readonly<Record<string, HookState>>;
  readonly isInstalled?: boolean;
  readonly hasFailed?: boolean;
}

const nameOf = (id: string) => id.replace(/ .*\//, " ");

function progressOf({ done = [], hooks = {}, isInstalled = false, hasFailed = false }: Given): Progress {
  return {
    isInstalled,
    hasFailed,
    isDone: (key) => done.some((name) => key.endsWith(`/${name}`)),
    hook: (id) => hooks[nameOf(id)],
  };
}

function see(objects: readonly AssignedObject[], given: Given) {
  const front = frontOf({ objects }, progressOf(given));
  return { ...summary(front), may: objects.filter((each) => !each.hook && front.mayWrite(each)).map(nameOfObject) };
}

const nameOfObject = ({ ref }: AssignedObject) => ref.name;

function summary({ hooks, blockers, hasFailed }: Front) {
  return { hooks: hooks.map(({ id }) => nameOf(id)), waitsFor: blockers.map(({ name }) => name), hasFailed };
}

describe("frontOf()", () => {
  test("opens one wave after the other, the lowest first", () => {
    const objects = [objectOf("c", 5), objectOf("a", -1), objectOf("b"), objectOf("b2")];
    const nothing = { hooks: [], hasFailed: false };
    expect(see(objects, {})).toEqual({ ...nothing, waitsFor: ["a"], may: ["a"] });
    expect(see(objects, { done: ["a", "b2"] })).toEqual({ ...nothing, waitsFor: ["b"], may: ["a", "b", "b2"] });
    expect(see(objects, { done: ["a", "b", "b2"] })).toMatchObject({ waitsFor: ["c"], may: ["c", "a", "b", "b2"] });
    expect(see(objects, { done: ["a", "b", "b2", "c"] })).toMatchObject({ waitsFor: [] });
  });

  test("runs hooks before, with and after the objects, by wave", () => {
    const objects = [
      hookOf("backup", ["PreSync"], -1),
      hookOf("migrate", ["PreSync"]),
      hookOf("seed", ["Sync"], 1),
      hookOf("smoke", ["PostSync"]),
      objectOf("a"),
      objectOf("b", 1),
    ];
    const hooks: Record<string, HookState> = {};
    const done: string[] = [];
    const next = () => see(objects, { hooks, done });
    expect(next()).toMatchObject({ hooks: ["PreSync backup"], may: [] });
    hooks["PreSync backup"] = "running";
    expect(next()).toMatchObject({ hooks: ["PreSync backup"], may: [] });
    hooks["PreSync backup"] = "succeeded";
    expect(next()).toMatchObject({ hooks: ["PreSync migrate"], may: [] });
    hooks["PreSync migrate"] = "succeeded";
    expect(next()).toMatchObject({ hooks: [], may: ["a"] });
    done.push("a");
    expect(next()).toMatchObject({ hooks: ["Sync seed"], may: ["a", "b"] });
    hooks["Sync seed"] = "succeeded";
    expect(next()).toMatchObject({ hooks: [], may: ["a", "b"] });
    done.push("b");
    expect(next()).toMatchObject({ hooks: ["PostSync smoke"], may: ["a", "b"] });
    hooks["PostSync smoke"] = "succeeded";
    expect(next()).toMatchObject({ hooks: [], waitsFor: [], may: ["a", "b"] });
  });

  test("puts namespaces and definitions without a wave before everything", () => {
    const objects = [
      hookOf("migrate", ["PreSync"], -5),
      objectOf("shop", 0, "Namespace"),
      objectOf("widgets", 0, "CustomResourceDefinition"),
      objectOf("late", 3, "Namespace"),
      objectOf("a", -9),
    ];
    expect(see(objects, {})).toMatchObject({ hooks: [], may: ["shop", "widgets"] });
    expect(see(objects, { done: ["shop", "widgets"] })).toMatchObject({ hooks: ["PreSync migrate"] });
  });

  test("after a failed hook runs nothing but what is under way, then what is for failures", () => {
    const objects = [
      hookOf("one", ["PreSync"]),
      hookOf("two", ["PreSync"]),
      hookOf("three", ["PreSync"]),
      hookOf("undo", ["SyncFail"]),
      hookOf("tell", ["SyncFail"], 1),
      hookOf("smoke", ["PostSync"]),
      objectOf("a"),
    ];
    const hooks: Record<string, HookState> = { "PreSync one": "failed", "PreSync two": "running" };
    expect(see(objects, { hooks })).toEqual({ hooks: ["PreSync two"], waitsFor: [], hasFailed: true, may: [] });
    hooks["PreSync two"] = "succeeded";
    expect(see(objects, { hooks })).toMatchObject({ hooks: ["SyncFail undo"], may: [] });
    hooks["SyncFail undo"] = "succeeded";
    expect(see(objects, { hooks })).toMatchObject({ hooks: ["SyncFail tell"] });
    hooks["SyncFail tell"] = "failed";
    expect(see(objects, { hooks })).toMatchObject({ hooks: [] });
  });

  test("when an object fails, runs what is for failures and goes on once it does not", () => {
    const objects = [hookOf("undo", ["SyncFail"]), hookOf("smoke", ["PostSync"]), objectOf("a"), objectOf("b", 1)];
    expect(see(objects, { hasFailed: true })).toMatchObject({ hooks: ["SyncFail undo"], may: ["a"] });
    const hooks = { "SyncFail undo": "succeeded" } as const;
    expect(see(objects, { done: ["a", "b"], hooks })).toMatchObject({ hooks: ["PostSync smoke"], hasFailed: false });
  });

  test("tells installs from upgrades and never runs what has no moment", () => {
    const objects = [
      hookOf("first", [{ phase: "PreSync", only: "install" }]),
      hookOf("later", [{ phase: "PreSync", only: "upgrade" }]),
      hookOf("never", []),
    ];
    expect(see(objects, {}).hooks).toEqual(["PreSync first"]);
    expect(see(objects, { isInstalled: true }).hooks).toEqual(["PreSync later"]);
  });

  test("comes to an end whatever there is, never runs a hook twice and never skips a step", () => {
    const anyObject = fc.oneof(
      fc.integer({ min: -2, max: 2 }).map((wave) => (name: string) => objectOf(name, wave)),
      fc.record({ phases: fc.subarray([...hookPhases]), wave: fc.integer({ min: -2, max: 2 }) }).map(
        ({ phases, wave }) =>
          (name: string) =>
            hookOf(name, phases, wave),
      ),
    );
    const position = ({ wave = 0 }: AssignedObject, phase?: HookPhase) =>
      (phase === "PreSync" ? 0 : phase === "PostSync" ? 200 : 100) + wave;
    fc.assert(
      fc.property(fc.array(anyObject, { maxLength: 12 }), (made) => {
        const objects = made.map((make, index) => make(`o${index}`));
        const hooks: Record<string, HookState> = {};
        const done: string[] = [];
        const steps: number[] = [];
        for (let round = 0; ; round++) {
          expect(round).toBeLessThan(50);
          const front = frontOf({ objects }, progressOf({ hooks, done }));
          const writes = objects.filter(
            (each) => !each.hook && front.mayWrite(each) && !done.includes(nameOfObject(each)),
          );
          if (front.hooks.length === 0 && writes.length === 0) break;
          const now = [
            ...writes.map((each) => position(each)),
            ...front.hooks.map(({ object, phase }) => position(object, phase)),
          ];
          expect(new Set(now).size).toBe(1);
          steps.push(now[0] ?? 0);
          for (const { id } of front.hooks) {
            expect(hooks[nameOf(id)]).toBeUndefined();
            hooks[nameOf(id)] = "succeeded";
          }
          done.push(...writes.map(nameOfObject));
        }
        expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
        expect(done).toHaveLength(objects.filter(({ hook }) => hook === undefined).length);
      }),
    );
  });
});

describe("deletionFrontOf()", () => {
  const objects = [hookOf("dump", ["PreDelete"]), hookOf("tidy", ["PostDelete"]), hookOf("smoke", ["PostSync"])];
  const at = (hooks: Readonly<Record<string, HookState>>, hasObjects: boolean) => {
    const { hooks: tasks, ...rest } = deletionFrontOf(objects, (id) => hooks[nameOf(id)], hasObjects);
    return { ...rest, hooks: tasks.map(({ id }) => nameOf(id)) };
  };

  test("runs PreDelete, lets the objects go, then runs PostDelete", () => {
    const no = { mayPrune: false, isOver: false, hasFailed: false, hooks: [] };
    expect(at({}, true)).toEqual({ ...no, hooks: ["PreDelete dump"] });
    expect(at({ "PreDelete dump": "running" }, true)).toEqual({ ...no, hooks: ["PreDelete dump"] });
    expect(at({ "PreDelete dump": "failed" }, true)).toEqual({ ...no, hasFailed: true });
    const dumped = { "PreDelete dump": "succeeded" } as const;
    expect(at(dumped, true)).toEqual({ ...no, mayPrune: true });
    expect(at(dumped, false)).toEqual({ ...no, mayPrune: true, hooks: ["PostDelete tidy"] });
    expect(at({ ...dumped, "PostDelete tidy": "failed" }, false)).toEqual({ ...no, mayPrune: true, hasFailed: true });
    expect(at({ ...dumped, "PostDelete tidy": "succeeded" }, false)).toEqual({ ...no, mayPrune: true, isOver: true });
  });
});
