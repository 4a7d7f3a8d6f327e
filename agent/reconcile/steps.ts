import { backoffMs } from "../../common/async/index.ts";
import type { AssignedObject } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import type { HookReport, RunSource } from "../hooks/index.ts";
import {
  type DeletionFront,
  deletionFrontOf,
  type Front,
  fateOf,
  frontOf,
  type HookTask,
  type Plan,
  type Progress,
} from "../plan/index.ts";
import type { Context } from "./context.ts";
import type { Publisher } from "./publisher.ts";
import type { ApplicationState, ObjectState } from "./state.ts";
import { isAtRest } from "./statuses.ts";

const retry = { firstMs: 1_000, maxMs: 60_000 };
/** After so many attempts to write an object, what is to be run on failures is run. */
const attemptsToFail = 3;

/** Takes applications with waves and hooks into the cluster step by step, and those that vanished with hooks out of it. */
export interface Steps {
  /** Brings what is remembered of hooks in line with the assignment, before anything is planned or written. Never rejects. */
  prepare(state: ApplicationState): Promise<void>;
  /** For the plan; undefined when all of it is written at once. */
  progress(state: ApplicationState): Progress | undefined;
  /** The objects of an application that vanished may go, as far as its hooks are concerned. */
  mayPrune(state: ApplicationState): boolean;
  /** After a pass did what it could: runs what is to be run now. `planned`: what the pass took it to be. Never rejects. */
  advance(state: ApplicationState, planned: Plan, signal: AbortSignal): Promise<void>;
  /** An object of the application changed. */
  changed(state: ApplicationState, object: ObjectState): void;
}

export function createSteps(context: Context, publisher: Publisher): Steps {
  const { hooks } = context;
  const failures = new Map<string, number>();

  /** Everything that the hub said it had is to be deleted, and may be. */
  function isGoing({ name, body, heldReason }: ApplicationState): boolean {
    const { desired } = context.index();
    if (body !== undefined || heldReason !== undefined || !desired.absenceIsTrusted) return false;
    const owned = context.store.inventory().get(name);
    return owned === undefined || fateOf(undefined, owned) === "delete";
  }

  function deletionFront({ name }: ApplicationState): DeletionFront | undefined {
    const record = hooks.record(name);
    if (record === undefined) return undefined;
    const owned = context.store.inventory().get(name);
    // Of what was never there, nothing is to be saved or tidied.
    const wasThere = owned !== undefined || record.isInstalled || record.isSynced;
    const objects = wasThere ? record.deletion.map(({ object }) => object) : [];
    return deletionFrontOf(objects, (id) => record.runs[id]?.state, owned !== undefined);
  }

  function progressOf(state: ApplicationState): Progress {
    const record = hooks.record(state.name);
    return {
      isInstalled: record?.isInstalled ?? false,
      hasFailed: state.steps.hasHooks && hasFailed(state),
      isDone: (key) => isDone(state.objects.get(key)),
      hook: (id) => record?.runs[id]?.state,
    };
  }

  function isOfInterest({ name, steps }: ApplicationState): boolean {
    return steps.hasHooks || hooks.record(name) !== undefined;
  }

  async function prepare(state: ApplicationState): Promise<void> {
    const { name, body, steps } = state;
    const { desired, content } = context.index();
    const { generation } = desired.header;
    const { isRetry } = steps;
    if (body !== undefined && state.fault === "") {
      await hooks.adopt(name, {
        objects: body.objects,
        content: content(name),
        generation,
        isRetry,
        isApplied: [...(context.store.inventory().get(name)?.entries.values() ?? [])].some(
          ({ digest }) => digest !== "",
        ),
        scope: { serviceAccount: body.policy.serviceAccount, namespacedOnly: body.policy.namespacedOnly },
        manifest: ({ digest }) => context.index().desired.manifest(digest),
      });
    } else if (isGoing(state)) {
      await hooks.adoptDeletion(name, { generation, isRetry });
    }
    steps.isRetry = false;
  }

  async function advance(state: ApplicationState, { fronts, blocked }: Plan, signal: AbortSignal): Promise<void> {
    const { name, body, steps } = state;
    if (body !== undefined && steps.isStaged) {
      const before = frontOf(body, progressOf(state));
      const mayBegin = state.fault === "" && publisher.waitsFor(state).length === 0;
      if (steps.hasHooks && mayBegin) await run(state, before.hooks, body.objects, signal);
      if (signal.aborted) return;
      steps.front = frontOf(body, progressOf(state));
      steps.hasFailed = steps.front.hasFailed;
      if (steps.hasHooks) await noteSynced(state);
      if (mayBegin && (fronts.get(name)?.at !== steps.front.at || hasMore(before, steps.front))) moved(state);
    } else if (body !== undefined) {
      // It has no hooks any more.
      if (hooks.record(name) !== undefined && !(await hooks.forget(name))) later(name, 1_000);
      // Hooks are not run for deletes that somebody may never confirm.
    } else if (isGoing(state) && blocked.get(name) === null) await advanceDeletion(state, signal);
  }

  async function advanceDeletion(state: ApplicationState, signal: AbortSignal): Promise<void> {
    const front = deletionFront(state);
    const { name, steps } = state;
    if (front === undefined) return;
    const objects = hooks.record(name)?.deletion.map(({ object }) => object) ?? [];
    await run(state, front.hooks, objects, signal);
    if (signal.aborted) return;
    const after = deletionFront(state);
    steps.hasFailed = after?.hasFailed ?? false;
    if (after?.isOver === true) {
      if (!(await hooks.forget(name))) later(name, 1_000);
    } else if (after !== undefined && (after.mayPrune !== front.mayPrune || hasMore(front, after))) context.again(name);
  }

  async function run(
    state: ApplicationState,
    tasks: readonly HookTask[],
    objects: readonly AssignedObject[],
    signal: AbortSignal,
  ): Promise<void> {
    const report: HookReport = await hooks.advance(tasks, objects, sourceOf(state), signal);
    const { steps } = state;
    if (signal.aborted) return;
    steps.lines = report.lines;
    steps.keys = report.keys;
    steps.isGoing = report.isGoing;
    if (report.againMs !== undefined) later(state.name, report.againMs);
  }

  function sourceOf({ name, body }: ApplicationState): RunSource {
    const { desired } = context.index();
    const kept = hooks.record(name)?.deletion ?? [];
    return {
      application: name,
      generation: desired.header.generation,
      timeoutSeconds: body?.policy.timeoutSeconds ?? 300,
      async manifest(object) {
        if (body !== undefined) return desired.manifest(object.digest);
        const found = kept.find((each) => each.object.digest === object.digest);
        return found === undefined ? desired.manifest(object.digest) : found.manifest;
      },
    };
  }

  /** On to the next step. The time that an application may take is that of each of them. */
  function moved(state: ApplicationState): void {
    state.patience = "idle";
    context.timers.cancel(`overdue/${state.name}`);
    context.again(state.name);
  }

  async function noteSynced({ name, steps }: ApplicationState): Promise<void> {
    const isComplete = steps.front?.at === "";
    if (isComplete && hooks.record(name)?.isSynced === false) await hooks.synced(name);
    steps.isPending = hooks.record(name)?.isSynced !== true;
  }

  function later(name: string, ms: number): void {
    context.timers.set(`steps/${name}`, ms, () => context.again(name));
  }

  async function guarded(state: ApplicationState, work: () => Promise<void>): Promise<void> {
    const { name, steps } = state;
    try {
      await work();
      failures.delete(name);
      steps.fault = "";
    } catch (thrown) {
      if (context.signal.aborted) return;
      const count = (failures.get(name) ?? 0) + 1;
      failures.set(name, count);
      steps.fault = `Cannot go on with its hooks: ${toAppError(thrown).message}`;
      context.log.warn({ environment: context.environment, application: name, error: steps.fault }, "hooks failed");
      later(name, backoffMs(count, context.random(), retry));
    } finally {
      publisher.touch(state);
    }
  }

  return {
    async prepare(state) {
      if (isOfInterest(state)) await guarded(state, () => prepare(state));
    },
    progress: (state) => (state.steps.isStaged ? progressOf(state) : undefined),
    mayPrune: (state) => state.steps.fault === "" && (!isGoing(state) || (deletionFront(state)?.mayPrune ?? true)),
    async advance(state, planned, signal) {
      const isDue = state.steps.isStaged || isOfInterest(state);
      if (isDue && state.steps.fault === "") await guarded(state, () => advance(state, planned, signal));
    },
    changed({ name, steps }, object) {
      if (steps.front !== undefined && steps.front.at !== "" && isDone(object)) context.again(name);
    },
  };
}

/** Hooks are to be run that were not before. */
function hasMore(before: Pick<Front, "hooks">, after: Pick<Front, "hooks">): boolean {
  return after.hooks.some(({ id }) => !before.hooks.some((task) => task.id === id));
}

function isDone(object: ObjectState | undefined): boolean {
  return object?.isApplied === true && object.status !== undefined && isAtRest(object.status.health);
}

function hasFailed(state: ApplicationState): boolean {
  if (state.patience === "over") return true;
  for (const { attempt, status } of state.objects.values()) {
    if (attempt >= attemptsToFail || status?.health === "Degraded") return true;
  }
  return false;
}
