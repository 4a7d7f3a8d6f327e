import { describe, expect, test } from "vitest";
import {
  type AssignedObject,
  type HookDeletePolicy,
  type HookMoment,
  type HookPhase,
  refKey,
} from "../../common/domain/index.ts";
import { forecastDeletion, forecastHooks } from "./hook-forecast.ts";
import { emptyRecord, type HookRecord, type HookRun, type MadeObject } from "./hook-record.ts";

const refOf = (name: string) => ({ group: "batch", kind: "Job", namespace: "shop", name });

function hookOf(
  name: string,
  phase: HookPhase,
  options: {
    readonly wave?: number;
    readonly only?: HookMoment["only"];
    readonly policies?: readonly HookDeletePolicy[];
  } = {},
): AssignedObject {
  const { wave = 0, only = "", policies = [] } = options;
  const hook = { moments: [{ phase, only }], deletePolicies: policies, timeoutSeconds: 0 };
  return { apiVersion: "batch/v1", ref: refOf(name), digest: "1", source: `${name}.yaml:1`, wave, hook };
}

const run = (name: string, state: HookRun["state"]): HookRun => ({
  ...{ state, mark: `${name}-mark`, startedAt: 0, digest: "1", uid: "uid", message: "", generation: 1 },
});
const made = (name: string, removal: MadeObject["removal"] = ""): MadeObject => ({
  ...{ apiVersion: "batch/v1", ref: refOf(name), uid: "uid", mark: `${name}-mark`, removal },
});

function recordOf(
  runs: Readonly<Record<string, HookRun["state"]>>,
  names: readonly string[],
  extra: Partial<HookRecord> = {},
): HookRecord {
  const keyed = Object.entries(runs).map(([id, state]) => {
    const [phase = "", name = ""] = id.split(" ");
    return [`${phase} ${refKey(refOf(name))}`, run(name, state)];
  });
  return {
    ...{ ...emptyRecord, content: "now", runs: Object.fromEntries(keyed) },
    ...{ made: Object.fromEntries(names.map((name) => [refKey(refOf(name)), made(name)])) },
    ...extra,
  };
}

const shown = (steps: ReturnType<typeof forecastHooks>) =>
  steps.map(({ action, phase = "", ref, reason }) => [action, phase, ref.name, reason].filter(Boolean).join(" "));
const wanted = (objects: readonly AssignedObject[], extra = {}) => ({
  ...{ objects, content: "now", isApplied: true, isNewer: true },
  ...extra,
});
const migrate = hookOf("migrate", "PreSync");
const smoke = hookOf("smoke", "PostSync", { policies: ["HookSucceeded"] });

describe("forecastHooks()", () => {
  test("runs all hooks of new content in the order of phases and waves, in place of what is there", () => {
    const record = recordOf({ "PreSync migrate": "succeeded" }, ["migrate"], { content: "before", isSynced: true });
    const objects = [smoke, migrate, hookOf("backup", "PreSync", { wave: -1 }), hookOf("clean", "SyncFail")];
    expect(shown(forecastHooks(record, wanted(objects)))).toEqual([
      "run PreSync backup",
      "run PreSync migrate in place of the one of its last run",
      "run PostSync smoke deleted once it succeeded",
    ]);
    expect(forecastHooks(undefined, wanted([migrate]))).toEqual([
      { action: "run", ref: refOf("migrate"), phase: "PreSync", source: "migrate.yaml:1", reason: "" },
    ]);
  });

  test("says nothing of hooks that ran for this very content, or run", () => {
    const record = recordOf({ "PreSync migrate": "succeeded", "PostSync smoke": "running" }, ["migrate", "smoke"]);
    expect(forecastHooks(record, wanted([migrate, smoke]))).toEqual([]);
  });

  test("tells which are still to come", () => {
    const record = recordOf({ "PreSync migrate": "running" }, ["migrate"]);
    expect(shown(forecastHooks(record, wanted([migrate, smoke], { isNewer: false })))).toEqual([
      "run PostSync smoke deleted once it succeeded",
    ]);
  });

  test("tries what failed again for a newer assignment, not for the present one", () => {
    const record = recordOf({ "PreSync migrate": "failed" }, ["migrate"]);
    expect(forecastHooks(record, wanted([migrate, smoke], { isNewer: false }))).toEqual([]);
    expect(shown(forecastHooks(record, wanted([migrate, smoke])))).toHaveLength(2);
  });

  test("takes away what hooks made that nobody wants any more, and stops what still runs for older content", () => {
    const record = recordOf({ "PreSync migrate": "running" }, ["migrate", "old"], { content: "before" });
    expect(shown(forecastHooks(record, wanted([smoke])))).toEqual([
      "delete migrate still runs for what was wanted before",
      "delete old of an earlier run",
      "run PostSync smoke deleted once it succeeded",
    ]);
  });

  test("knows installs from upgrades", () => {
    const objects = [hookOf("seed", "PostSync", { only: "install" }), hookOf("move", "PreSync", { only: "upgrade" })];
    const before = { content: "before" };
    const names = (record: HookRecord | undefined, isApplied: boolean) =>
      shown(forecastHooks(record, wanted(objects, { isApplied })));
    expect(names(undefined, false)).toEqual(["run PostSync seed"]);
    expect(names(undefined, true)).toEqual(["run PreSync move"]);
    expect(names(recordOf({}, [], { ...before, isSynced: true }), true)).toEqual(["run PreSync move"]);
  });
});

describe("forecastDeletion()", () => {
  const deletion = ["PreDelete", "PostDelete"].map((phase, index) => ({
    object: hookOf(["drain", "tidy"][index] ?? "", phase as HookPhase),
    manifest: { apiVersion: "batch/v1", kind: "Job", metadata: { name: "x" } },
  }));

  test("runs the hooks that were kept for the end, and leaves nothing that hooks made", () => {
    const record = recordOf({ "PreSync migrate": "succeeded" }, ["migrate"], { isSynced: true, deletion });
    expect(shown(forecastDeletion(record, true))).toEqual([
      "delete migrate of an earlier run",
      "run PreDelete drain",
      "run PostDelete tidy",
    ]);
  });

  test("runs none for what was never there", () => {
    expect(forecastDeletion(recordOf({}, [], { deletion }), false)).toEqual([]);
  });
});
