import { createKeyedLock } from "../../common/async/index.ts";
import {
  type AssignedObject,
  type Digest,
  displayRef,
  type HookPhase,
  type Manifest,
  refKey,
} from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import {
  contentOf,
  emptyRecord,
  type HookRecord,
  type HookTask,
  isGoingOn,
  type KeptHook,
  type MadeObject,
  retried,
  withContent,
  withRemovals,
} from "../plan/index.ts";
import type { HookRecords } from "./record-store.ts";
import type { Looked, Runner, RunSource } from "./runner.ts";

/** How long until it is looked again whether something that was deleted is gone, where no watch tells. */
const goneMs = 1_000;

/** What an application wants of its hooks now. */
export interface HookContent {
  readonly objects: readonly AssignedObject[];
  /** Stands for them: hooks run once for each. */
  readonly content: Digest;
  readonly generation: number;
  /** Something of it was applied before there was a record. */
  readonly isApplied: boolean;
  /** What failed is to be tried again now. */
  readonly isRetry: boolean;
  readonly scope: HookRecord["scope"];
  manifest(object: AssignedObject): Promise<Manifest>;
}

export interface HookReport {
  /** How those that run do, and why those that failed did. */
  readonly lines: readonly string[];
  readonly isGoing: boolean;
  /** Objects whose changes make another look worthwhile. */
  readonly keys: ReadonlySet<string>;
  /** To be looked at again after so many milliseconds at the latest. */
  readonly againMs: number | undefined;
}

/** The hooks of one environment's applications: what was run and what runs. One piece of work at a time per application. */
export interface Hooks {
  record(application: string): HookRecord | undefined;
  names(): Iterable<string>;
  /** Resolves when the record is in line with what is wanted, and in the cluster. */
  adopt(application: string, content: HookContent): Promise<void>;
  /** The application goes: from now on its kept hooks count. */
  adoptDeletion(application: string, options: Pick<HookContent, "generation" | "isRetry">): Promise<void>;
  /** Begins `tasks` where they were not begun, and looks at them. */
  advance(
    tasks: readonly HookTask[],
    objects: readonly AssignedObject[],
    source: RunSource,
    signal: AbortSignal,
  ): Promise<HookReport>;
  /** All of the content is in the cluster and well. */
  synced(application: string): Promise<void>;
  /** Takes away what hooks made and forgets them; true when nothing is left. */
  forget(application: string): Promise<boolean>;
}

export interface HooksOptions {
  readonly environment: string;
  readonly records: HookRecords;
  readonly runner: Runner;
  readonly log: Logger;
}

const deletionPhases: readonly HookPhase[] = ["PreDelete", "PostDelete"];

export function createHooks({ environment, records, runner, log }: HooksOptions): Hooks {
  const locks = createKeyedLock<string>();

  async function change(application: string, to: (record: HookRecord) => HookRecord): Promise<HookRecord> {
    const record = to(records.get(application) ?? emptyRecord);
    await records.save(application, record);
    return record;
  }

  /** Of the record, without what is gone by now. */
  async function cleaned(application: string, record: HookRecord): Promise<HookRecord> {
    const entries = await Promise.all(
      Object.entries(record.made).map(async ([key, made]): Promise<readonly (readonly [string, MadeObject])[]> => {
        if (made.removal === "") return [[key, made]];
        const isGone = await runner.remove(application, made).catch((thrown: unknown) => {
          log.warn({ environment, application, error: toAppError(thrown).message }, "hook could not be taken away");
          return false;
        });
        return isGone ? [] : [[key, made]];
      }),
    );
    return { ...record, made: Object.fromEntries(entries.flat()) };
  }

  function begun(record: HookRecord, tasks: readonly HookTask[], source: RunSource): HookRecord {
    const runs = { ...record.runs };
    const made = { ...record.made };
    for (const task of tasks) {
      if (runs[task.id] !== undefined) continue;
      const first = runner.begin(task, source);
      runs[task.id] = first.run;
      made[refKey(task.object.ref)] = first.made;
      log.info({ environment, application: source.application, hook: nameOf(task) }, "hook begins");
    }
    return { ...record, runs, made };
  }

  function withLooked(record: HookRecord, tasks: readonly HookTask[], looked: readonly Looked[]): HookRecord {
    const runs = { ...record.runs };
    const made = { ...record.made };
    for (const [index, task] of tasks.entries()) {
      const seen = looked[index];
      if (seen === undefined) continue;
      runs[task.id] = seen.run;
      const key = refKey(task.object.ref);
      if (seen.made !== undefined && made[key] !== undefined) made[key] = seen.made;
    }
    return { ...record, runs, made };
  }

  const unlocked: Hooks = {
    record: (application) => records.get(application),
    names: () => records.names(),
    async adopt(application, { objects, content, generation, isApplied, isRetry, scope, manifest }) {
      const deletion = await kept(objects, records.get(application)?.deletion ?? [], manifest);
      await change(application, (record) => {
        const newest = withContent(record, content, objects, isApplied);
        const tried = retried(newest, (run) => isRetry || run.generation !== generation);
        return { ...tried, deletion, scope };
      });
    },
    async adoptDeletion(application, { generation, isRetry }) {
      await change(application, (record) => {
        const objects = record.deletion.map(({ object }) => object);
        const newest = withContent(record, `deletion/${contentOf(objects)}`, objects, false);
        return retried(newest, (run) => isRetry || run.generation !== generation);
      });
    },
    async advance(tasks, objects, source, signal) {
      const { application } = source;
      const prepared = await cleaned(application, withRemovals(records.get(application) ?? emptyRecord, objects));
      const isBlocked = Object.values(prepared.made).some(({ removal }) => removal === "stop");
      const first = await change(application, () => (isBlocked ? prepared : begun(prepared, tasks, source)));
      const going = tasks.filter(({ id }) => first.runs[id] !== undefined && isGoingOn(first.runs[id]));
      const looked = await Promise.all(going.map((task) => runner.look(task, first, source, signal)));
      const seen = withRemovals(withLooked(first, going, looked), objects);
      // What ended is recorded before it is taken away.
      await records.save(application, seen);
      const after = await cleaned(application, seen);
      await records.save(application, after);
      for (const [index, task] of going.entries()) {
        const run = looked[index]?.run;
        if (run === undefined || isGoingOn(run)) continue;
        log.info({ environment, application, hook: nameOf(task), state: run.state, reason: run.message }, "hook ended");
      }
      return reportOf(after, tasks, objects, going, looked);
    },
    async synced(application) {
      await change(application, (record) => ({ ...record, isSynced: true }));
    },
    async forget(application) {
      const record = records.get(application);
      if (record === undefined) return true;
      const left = await cleaned(application, {
        ...record,
        made: Object.fromEntries(Object.entries(record.made).map(([key, made]) => [key, { ...made, removal: "tidy" }])),
      });
      if (Object.keys(left.made).length > 0) {
        await records.save(application, left);
        return false;
      }
      await records.remove(application);
      return true;
    },
  };
  return {
    ...unlocked,
    adopt: (application, content) => locks.run(application, () => unlocked.adopt(application, content)),
    adoptDeletion: (application, options) => locks.run(application, () => unlocked.adoptDeletion(application, options)),
    advance: (tasks, objects, source, signal) =>
      locks.run(source.application, () => unlocked.advance(tasks, objects, source, signal)),
    synced: (application) => locks.run(application, () => unlocked.synced(application)),
    forget: (application) => locks.run(application, () => unlocked.forget(application)),
  };
}

function reportOf(
  record: HookRecord,
  tasks: readonly HookTask[],
  objects: readonly AssignedObject[],
  going: readonly HookTask[],
  looked: readonly Looked[],
): HookReport {
  const lines: string[] = [];
  const waits: number[] = [];
  const keys = new Set<string>();
  for (const [index, task] of going.entries()) {
    const seen = looked[index];
    if (seen === undefined || !isGoingOn(seen.run)) continue;
    keys.add(refKey(task.object.ref));
    waits.push(seen.againMs);
    lines.push(`Runs ${nameOf(task)}${seen.message === "" ? "" : `: ${seen.message}`}`);
  }
  for (const { object, phase, id } of failedTasks(record, objects)) {
    lines.push(`${nameOf({ phase, object })} failed: ${record.runs[id]?.message ?? ""}`);
  }
  for (const [key, { ref, removal }] of Object.entries(record.made)) {
    if (removal === "") continue;
    keys.add(key);
    waits.push(goneMs);
    if (removal === "stop" && tasks.length > 0) lines.push(`Waits for ${displayRef(ref)} of an older hook to be gone`);
  }
  return {
    lines,
    isGoing: keys.size > 0,
    keys,
    againMs: waits.length === 0 ? undefined : Math.max(Math.min(...waits), 50),
  };
}

function failedTasks(record: HookRecord, objects: readonly AssignedObject[]) {
  return objects.flatMap((object) =>
    (object.hook?.moments ?? [])
      .map(({ phase }) => ({ object, phase, id: `${phase} ${refKey(object.ref)}` }))
      .filter(({ id }) => record.runs[id]?.state === "failed"),
  );
}

/** "PreSync hook Job shop/migrate" */
function nameOf({ phase, object }: Pick<HookTask, "phase" | "object">): string {
  return `${phase} hook ${displayRef(object.ref)}`;
}

/** Hooks for the end, with their contents, which are read only when they changed. */
async function kept(
  objects: readonly AssignedObject[],
  known: readonly KeptHook[],
  manifest: HookContent["manifest"],
): Promise<readonly KeptHook[]> {
  const found: KeptHook[] = [];
  for (const object of objects) {
    const moments = object.hook?.moments.filter(({ phase }) => deletionPhases.includes(phase)) ?? [];
    if (object.hook === undefined || moments.length === 0) continue;
    const same = known.find(
      (each) => each.object.digest === object.digest && refKey(each.object.ref) === refKey(object.ref),
    );
    found.push({
      object: { ...object, hook: { ...object.hook, moments } },
      manifest: same?.manifest ?? (await manifest(object)),
    });
  }
  return found;
}
