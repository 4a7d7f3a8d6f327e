import { backoffMs, type Clock } from "../../common/async/index.ts";
import {
  type AssignedObject,
  digestOf,
  displayRef,
  groupOf,
  hookRunAnnotation,
  isHookByAnnotations,
  type Manifest,
  type ObjectRef,
  ownershipLabels,
  refKey,
} from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import { type ObjectWriter, ownedManifest } from "../apply/index.ts";
import { isDoneWhenGone, type Observer } from "../observe/index.ts";
import {
  type HookRecord,
  type HookRun,
  type HookTask,
  isGoingOn,
  isProtected,
  type MadeObject,
} from "../plan/index.ts";
import type { LiveObject } from "../ports.ts";

const retry = { firstMs: 500, maxMs: 30_000 };

export interface RunnerOptions {
  readonly environment: string;
  /** Whether pods of a Job run, which may well be after it is gone. */
  hasPods(namespace: string, jobUid: string): Promise<boolean>;
  /** With the rights of an application. */
  writer(application: string): ObjectWriter;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly random: () => number;
}

/** What the runs of one application need. */
export interface RunSource {
  readonly application: string;
  readonly generation: number;
  /** Policy of the application. */
  readonly timeoutSeconds: number;
  manifest(object: AssignedObject): Promise<Manifest>;
}

/** What came of one look at a hook. */
export interface Looked {
  readonly run: HookRun;
  readonly made: MadeObject | undefined;
  /** How it does, or what is in its way. */
  readonly message: string;
  /** To be looked at again then, although nothing may happen; milliseconds. */
  readonly againMs: number;
}

/** Brings single hooks forward: each call does what can be done now and never waits for the cluster to act. */
export interface Runner {
  begin(task: HookTask, source: RunSource): { readonly run: HookRun; readonly made: MadeObject };
  /** Never rejects. A hook that was begun is made when it is not there, and never twice. */
  look(task: HookTask, record: HookRecord, source: RunSource, signal: AbortSignal): Promise<Looked>;
  /** Whether the object of a former run is gone; deletes it. Rejects when that cannot be found out. */
  remove(application: string, object: MadeObject): Promise<boolean>;
}

export function createRunner(options: RunnerOptions): Runner {
  const { environment, writer: writerOf, hasPods, observer, clock, random } = options;
  /** Failed attempts to make an object, by mark. */
  const attempts = new Map<string, { readonly count: number; readonly at: number; readonly message: string }>();

  async function make(task: HookTask, run: HookRun, source: RunSource, signal: AbortSignal): Promise<string> {
    const { apiVersion, ref } = task.object;
    const writer = writerOf(source.application);
    const manifest = await source.manifest(task.object);
    const live = await writer.get(apiVersion, ref);
    if (live !== undefined) {
      observer.record(ref, live);
      const isGoing = live.metadata.deletionTimestamp !== undefined;
      if (markOf(live) === run.mark && !isGoing) return live.metadata.uid;
      refuseForeign(live, ref, source.application);
      if (!isProtected(ref) && !(await isReplaced(writer, apiVersion, ref, live))) return "";
    }
    if (signal.aborted) return "";
    const owned = ownedManifest(manifest, environment, source.application);
    const annotations = { ...owned.metadata.annotations, [hookRunAnnotation]: run.mark };
    const applied = await writer.apply({ ...owned, metadata: { ...owned.metadata, annotations } }, ref);
    observer.found(ref);
    observer.record(ref, applied);
    return applied.metadata.uid;
  }

  /** What was there before is gone. */
  async function isReplaced(
    writer: ObjectWriter,
    apiVersion: string,
    ref: ObjectRef,
    live: LiveObject,
  ): Promise<boolean> {
    if (live.metadata.deletionTimestamp === undefined) await writer.delete(apiVersion, ref, { uid: live.metadata.uid });
    const left = await writer.get(apiVersion, ref);
    observer.record(ref, left);
    return left === undefined;
  }

  function refuseForeign(live: LiveObject, ref: ObjectRef, application: string): void {
    const owner = live.metadata.labels?.[ownershipLabels.application];
    const itsEnvironment = live.metadata.labels?.[ownershipLabels.environment];
    if (owner === application && itsEnvironment === environment) return;
    if (owner !== undefined) {
      throw foreign(`${displayRef(ref)} belongs to application "${owner}" of environment "${itsEnvironment ?? ""}"`);
    }
    if (isHookByAnnotations(live.metadata.annotations ?? {})) return;
    throw foreign(`${displayRef(ref)} is there already and is no hook: delete it, or give the hook another name`);
  }

  async function started(task: HookTask, run: HookRun, source: RunSource, signal: AbortSignal): Promise<HookRun> {
    const uid = await make(task, run, source, signal);
    attempts.delete(run.mark);
    return uid === "" ? run : { ...run, state: "running", uid };
  }

  /** How a hook whose object was made does. */
  async function judged(task: HookTask, run: HookRun, source: RunSource): Promise<readonly [HookRun, string]> {
    const { apiVersion, ref } = task.object;
    const writer = writerOf(source.application);
    const facts = observer.get(refKey(ref));
    let live: LiveObject | undefined;
    if (facts === undefined || facts.uid !== run.uid || facts.deletion !== undefined) {
      live = await writer.get(apiVersion, ref);
      observer.record(ref, live);
      if (live?.metadata.uid !== run.uid || live.metadata.deletionTimestamp !== undefined) {
        const isDone = isDoneWhenGone(await source.manifest(task.object));
        return isDone ? [succeeded(run), ""] : [failed(run, source, "it was deleted before it ended"), ""];
      }
    }
    const health = observer.get(refKey(ref))?.health ?? { state: "Progressing", message: "not seen yet" };
    const isEnd = health.state === "Healthy" || health.state === "Degraded";
    if (!isEnd) return [run, health.message];
    // A pod that runs well did not end yet.
    live ??= ref.kind === "Pod" && ref.group === "" ? await writer.get(apiVersion, ref) : undefined;
    if (live !== undefined && health.state === "Healthy" && !hasEnded(live)) return [run, "running"];
    return [health.state === "Healthy" ? succeeded(run) : failed(run, source, health.message), ""];
  }

  return {
    begin({ id, object }, { application }) {
      const { apiVersion, ref, digest } = object;
      const startedAt = clock.now();
      const mark = digestOf(`${environment}/${application}/${id}/${digest}/${startedAt}/${random()}`).slice(0, 16);
      return {
        run: { state: "starting", mark, startedAt, digest, uid: "", message: "", generation: 0 },
        made: { apiVersion, ref, uid: "", mark, removal: "" },
      };
    },

    async look(task, record, source, signal) {
      const before = record.runs[task.id];
      const known = record.made[refKey(task.object.ref)];
      if (before === undefined) throw new Error(`Hook "${task.id}" was not begun`);
      const timeoutSeconds = task.object.hook?.timeoutSeconds || source.timeoutSeconds;
      const leftMs = before.startedAt + timeoutSeconds * 1_000 - clock.now();
      let run = before;
      let message = "";
      let againMs = Math.max(leftMs, 0);
      try {
        const attempt = attempts.get(before.mark);
        if (run.state === "starting" && (attempt?.at ?? 0) <= clock.now()) {
          run = await started(task, run, source, signal);
        }
        if (run.state === "running") [run, message] = await judged(task, run, source);
        else {
          message = attempt?.message ?? "waits for the one before to be gone";
          againMs = Math.min(againMs, retry.firstMs);
        }
      } catch (thrown) {
        const error = toAppError(thrown);
        message = error.message;
        if (signal.aborted) return { run, made: known, message, againMs };
        if (isFinal(error)) run = failed(run, source, message);
        const count = (attempts.get(before.mark)?.count ?? 0) + 1;
        const delay = Math.max(error.retryAfterMs ?? 0, backoffMs(count, random(), retry));
        if (run.state === "starting") attempts.set(before.mark, { count, at: clock.now() + delay, message });
        againMs = Math.min(againMs, delay);
      }
      if (isGoingOn(run) && leftMs <= 0) {
        const why = message === "" ? "" : `: ${message}`;
        run = failed(run, source, `it has not ended after ${timeoutSeconds} s${why}`);
      }
      if (!isGoingOn(run)) attempts.delete(run.mark);
      const removal: MadeObject["removal"] =
        run.state === "failed" && (await mayStillRun(source.application, task.object, run)) ? "stop" : "";
      const made = known?.mark === run.mark ? { ...known, uid: run.uid, removal: known.removal || removal } : known;
      return { run, made, message, againMs };
    },

    async remove(application, { apiVersion, ref, uid, mark, removal }) {
      const writer = writerOf(application);
      try {
        const live = await writer.get(apiVersion, ref);
        observer.record(ref, live);
        const isIt = uid === "" ? live !== undefined && markOf(live) === mark : live?.metadata.uid === uid;
        const isRunning = removal === "stop" && `${ref.group}/${ref.kind}` === "batch/Job";
        if (live === undefined || !isIt) return !isRunning || uid === "" || !(await hasPods(ref.namespace, uid));
        if (live.metadata.deletionTimestamp === undefined)
          await writer.delete(apiVersion, ref, { uid: live.metadata.uid });
        const left = await writer.get(apiVersion, ref);
        observer.record(ref, left);
        if (left?.metadata.uid === live.metadata.uid) return false;
        return !isRunning || !(await hasPods(ref.namespace, live.metadata.uid));
      } catch (thrown) {
        // The kind is gone, and its objects with it.
        if (toAppError(thrown).details["kindUnknown"] === true) return true;
        throw thrown;
      }
    },
  };

  /** Whether something of a failed hook may go on: then it is taken away, so that it does not meet what comes next. */
  async function mayStillRun(application: string, { apiVersion, ref }: AssignedObject, run: HookRun): Promise<boolean> {
    if (run.uid === "") return true;
    const live = await writerOf(application)
      .get(apiVersion, ref)
      .catch(() => undefined);
    return live?.metadata.uid === run.uid && !hasEnded(live);
  }
}

function succeeded(run: HookRun): HookRun {
  return { ...run, state: "succeeded" };
}

function failed(run: HookRun, { generation }: RunSource, message: string): HookRun {
  return { ...run, state: "failed", message, generation };
}

function foreign(message: string): AppError {
  return new AppError("INVALID_ARGUMENT", message);
}

/** It would be refused again. */
function isFinal({ code, details }: AppError): boolean {
  return code === "INVALID_ARGUMENT" && details["kindUnknown"] !== true;
}

function markOf(live: LiveObject): string {
  return live.metadata.annotations?.[hookRunAnnotation] ?? "";
}

/** Jobs and pods end by themselves; of everything else its health is all that is known. */
function hasEnded(live: LiveObject): boolean {
  const status = (live["status"] ?? {}) as {
    phase?: unknown;
    conditions?: readonly { type: string; status: string }[];
  };
  switch (`${groupOf(live.apiVersion)}/${live.kind}`) {
    case "/Pod":
      return status.phase === "Succeeded" || status.phase === "Failed";
    case "batch/Job":
      return (status.conditions ?? []).some(
        ({ type, status: is }) => (type === "Complete" || type === "Failed") && is === "True",
      );
    default:
      return true;
  }
}
