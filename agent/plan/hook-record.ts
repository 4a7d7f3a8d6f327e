import {
  type AssignedObject,
  canonicalJson,
  type Digest,
  digestOf,
  hookPhases,
  type Manifest,
  type ObjectRef,
  refKey,
} from "../../common/domain/index.ts";
import { type HookState, hookTasks } from "./front.ts";

/** What is remembered of an application's hooks: enough to go on after the agent died at any line. */
export interface HookRecord {
  /** What the runs are for. */
  readonly content: Digest;
  /** The application was synced before this content came. */
  readonly isInstalled: boolean;
  /** It is synced with this content, or was. */
  readonly isSynced: boolean;
  /** By the id of the task. */
  readonly runs: Readonly<Record<string, HookRun>>;
  /** Objects that hooks made and that may still be there, by refKey. */
  readonly made: Readonly<Record<string, MadeObject>>;
  /** What is to be run when the application goes: by then nobody else has it any more. */
  readonly deletion: readonly KeptHook[];
  /** With which rights that is to be done. */
  readonly scope: { readonly serviceAccount: string; readonly namespacedOnly: boolean };
}

export interface HookRun {
  readonly state: HookState;
  /** Written on the object: tells it from those of other runs. */
  readonly mark: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly digest: Digest;
  readonly uid: string;
  /** Why it failed. */
  readonly message: string;
  /** Generation in which it failed: another one tries again. */
  readonly generation: number;
}

export interface MadeObject {
  readonly apiVersion: string;
  readonly ref: ObjectRef;
  /** Empty: whether it was made at all is unknown. */
  readonly uid: string;
  readonly mark: string;
  /** "stop": it still runs, and nothing else may until it is gone. */
  readonly removal: "" | "tidy" | "stop";
}

export interface KeptHook {
  readonly object: AssignedObject;
  readonly manifest: Manifest;
}

export const emptyRecord: HookRecord = {
  content: "",
  isInstalled: false,
  isSynced: false,
  runs: {},
  made: {},
  deletion: [],
  scope: { serviceAccount: "", namespacedOnly: false },
};

/** Stands for what an application consists of; where it is written and by which policy makes no difference. */
export function contentOf(objects: readonly AssignedObject[]): Digest {
  return digestOf(canonicalJson(objects.map(({ ref, digest }) => [refKey(ref), digest])));
}

export function isGoingOn({ state }: HookRun): boolean {
  return state === "starting" || state === "running";
}

/**
 * The record once `content` is what counts: the same content goes on where it was, another one begins anew. What still runs for
 * the older one is stopped, but for first PreSync hooks that are to be run just so again: they go on for the newer one.
 */
export function withContent(
  record: HookRecord,
  content: Digest,
  objects: readonly AssignedObject[],
  isApplied: boolean,
): HookRecord {
  if (record.content === content) return record;
  // What was applied on the way of a content that never came to its end is no installation.
  const isInstalled = record.isInstalled || record.isSynced || (record.content === "" && isApplied);
  const kept = stillToRun(record, objects, isInstalled);
  const runs = Object.fromEntries(Object.entries(record.runs).filter(([id]) => kept.has(id)));
  const marks = new Set(
    Object.entries(record.runs)
      .filter(([id, run]) => isGoingOn(run) && !kept.has(id))
      .map(([, { mark }]) => mark),
  );
  const made = mapValues(record.made, (object) =>
    marks.has(object.mark) ? { ...object, removal: "stop" as const } : object,
  );
  return { ...record, content, isInstalled, isSynced: false, runs, made };
}

function stillToRun(record: HookRecord, objects: readonly AssignedObject[], isInstalled: boolean): ReadonlySet<string> {
  const tasks = hookTasks(objects, ["PreSync"], isInstalled);
  const first = new Map(tasks.filter(({ wave }) => wave === tasks[0]?.wave).map((task) => [task.id, task]));
  const old = Object.entries(record.runs);
  const isSame = old.every(([id, run]) => isGoingOn(run) && first.get(id)?.object.digest === run.digest);
  return new Set(isSame ? old.map(([id]) => id) : []);
}

/** Without what failed, and what was run because of that, so that it is tried again. */
export function retried(record: HookRecord, isDue: (run: HookRun) => boolean): HookRecord {
  const isFailed = ([, run]: readonly [string, HookRun]) => run.state === "failed";
  const runs = Object.entries(record.runs);
  if (!runs.some((each) => isFailed(each) && isDue(each[1]))) return record;
  const left = runs.filter((each) => !isFailed(each) && !each[0].startsWith("SyncFail "));
  return { ...record, runs: Object.fromEntries(left) };
}

/** Marks what may be removed now: by its policy once its phase is over, and what nobody wants any more. */
export function withRemovals(record: HookRecord, objects: readonly AssignedObject[]): HookRecord {
  const wanted = new Map(objects.map((object) => [refKey(object.ref), object]));
  const tidied = new Set<string>();
  for (const phase of hookPhases) {
    const tasks = hookTasks(objects, [phase], record.isInstalled).map((task) => ({ task, run: record.runs[task.id] }));
    const isGoing = tasks.some(({ run }) => run !== undefined && isGoingOn(run));
    const hasFailed = tasks.some(({ run }) => run?.state === "failed");
    if (isGoing || !(hasFailed || tasks.every(({ run }) => run !== undefined))) continue;
    for (const { task, run } of tasks) {
      const policy = run?.state === "failed" ? "HookFailed" : "HookSucceeded";
      if (run !== undefined && task.object.hook?.deletePolicies.includes(policy) === true) tidied.add(run.mark);
    }
  }
  const made: Record<string, MadeObject> = {};
  for (const [key, object] of Object.entries(record.made)) {
    const assigned = wanted.get(key);
    // It became an object to keep.
    if (assigned !== undefined && assigned.hook === undefined) continue;
    const isTidy = object.removal === "" && (assigned === undefined || tidied.has(object.mark));
    made[key] = isTidy ? { ...object, removal: "tidy" } : object;
  }
  return { ...record, made };
}

function mapValues<V, W>(values: Readonly<Record<string, V>>, change: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
