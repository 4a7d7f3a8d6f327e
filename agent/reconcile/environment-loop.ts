import { backoffMs, type Clock } from "../../common/async/index.ts";
import type { ObjectRef } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { createInventoryStore, createObjectWriter, type WriterScope } from "../apply/index.ts";
import { createHasPods, createHookRecords, createHooks, createRunner } from "../hooks/index.ts";
import { type Change, createDriftLog, kindKey, type Observer } from "../observe/index.ts";
import type { DesiredEnvironment, KubeClient, StatusSink } from "../ports.ts";
import { adoptAssignment } from "./adopt.ts";
import type { Context } from "./context.ts";
import { createCorrections } from "./corrections.ts";
import { type DesiredIndex, indexDesired, unusable } from "./desired-index.ts";
import { createLocks } from "./locks.ts";
import { type OwnedObject, ownedObjects } from "./owned.ts";
import { pass } from "./pass.ts";
import { type Preview, previewOf } from "./preview.ts";
import { createPrunes } from "./prunes.ts";
import { createPublisher } from "./publisher.ts";
import { isAnyInNamespace } from "./scopes.ts";
import { createSteps } from "./steps.ts";
import { createTimers } from "./timers.ts";
import { createWaiters } from "./waiters.ts";

const retry = { firstMs: 1_000, maxMs: 60_000 };
const driftRecords = 2_000;

export interface EnvironmentLoopOptions {
  readonly environment: string;
  readonly kube: KubeClient;
  readonly sink: StatusSink;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly concurrency: number;
}

/** Keeps one environment at its newest assignment. */
export interface EnvironmentLoop {
  assign(desired: DesiredEnvironment): void;
  reconcileNow(): void;
  changed(change: Change): void;
  kindChanged(kind: string): void;
  /** It became known where a kind lives. */
  scopeChanged(kind: string): void;
  idle(): Promise<void>;
  /** Does nothing. UNAVAILABLE before the cluster was looked at. */
  preview(desired: DesiredEnvironment, applications: readonly string[]): Preview;
  /** What the environment wants or owns of an application, all for "". */
  owned(application: string): readonly OwnedObject[];
  /** Stops; `forget` withdraws what was reported. Objects stay. */
  stop(forget: boolean): Promise<void>;
}

export function createEnvironmentLoop(options: EnvironmentLoopOptions): EnvironmentLoop {
  const { environment, kube, sink, observer, clock, log, random, concurrency } = options;
  const life = new AbortController();
  const dirty = new Set<string>();
  const waiters = createWaiters(clock);
  let index: DesiredIndex | undefined;
  let isLoaded = false;
  let running: Promise<void> | undefined;
  let current = new AbortController();
  let failures = 0;

  const writer = (application: string) => createObjectWriter(kube, scopeOf(application), life.signal);
  const hookRecords = createHookRecords(kube, environment, log, life.signal);
  const hasPods = createHasPods(kube, life.signal);
  const runner = createRunner({ environment, writer, hasPods, observer, clock, random });
  const context: Context = {
    environment,
    clock,
    random,
    log,
    sink,
    observer,
    concurrency,
    store: createInventoryStore(kube, environment, life.signal),
    writer,
    hooks: createHooks({ environment, records: hookRecords, runner, log }),
    timers: createTimers(clock),
    locks: createLocks(),
    drifts: createDriftLog(driftRecords, (key, ref) => {
      for (const application of index?.claimants(key) ?? []) sink.drift(environment, application, ref, undefined);
    }),
    applications: new Map(),
    signal: life.signal,
    index: () => {
      if (index === undefined) throw new Error("Nothing is assigned yet");
      return index;
    },
    refresh: (object) => {
      corrections.judge(object);
      publisher.refresh(object);
    },
    again: (application) => {
      dirty.add(application);
      kick();
    },
  };
  const publisher = createPublisher(context);
  const corrections = createCorrections(context);
  const prunes = createPrunes(context);
  const steps = createSteps(context, publisher);
  const parts = { context, publisher, corrections, prunes, steps, waiters };

  /** One that vanished is taken apart with the rights that it was made with. */
  function scopeOf(application: string): WriterScope {
    const policy = index?.bodies.get(application)?.policy;
    const owned = context.store.inventory().get(application);
    const kept = hookRecords.get(application)?.scope;
    const { serviceAccount = "" } = policy ?? owned ?? kept ?? {};
    return { serviceAccount, namespacedOnly: (policy ?? kept)?.namespacedOnly ?? false };
  }

  function kick(): void {
    if (index === undefined || dirty.size === 0 || life.signal.aborted) return;
    running ??= run().finally(() => {
      running = undefined;
      kick();
    });
  }

  /** Until nothing is to be looked at. A failure gives way to a later attempt. */
  async function run(): Promise<void> {
    await Promise.resolve();
    while (dirty.size > 0 && !life.signal.aborted) {
      let wholeEnvironment = isWhole;
      try {
        await load();
        const { signal } = current;
        const names = new Set(dirty);
        wholeEnvironment = isWhole;
        isWhole = false;
        dirty.clear();
        taken = names;
        await pass(parts, names, signal);
        failures = 0;
        if (signal.aborted) continue;
        publisher.problem("");
        if (wholeEnvironment) publisher.passed();
      } catch (thrown) {
        if (life.signal.aborted) return;
        isWhole ||= wholeEnvironment;
        postpone(thrown);
        return;
      }
    }
  }

  /** A pass over all applications is due: the newest assignment was not compared with the cluster yet. */
  let isWhole = false;
  let taken: ReadonlySet<string> = new Set();

  function postpone(thrown: unknown): void {
    failures++;
    const { message, retryAfterMs = 0 } = toAppError(thrown);
    log.warn({ environment, error: message }, "reconcile failed");
    publisher.problem(message);
    const names = new Set([...taken, ...dirty]);
    dirty.clear();
    context.timers.set("pass", Math.max(retryAfterMs, backoffMs(failures, random(), retry)), () => {
      for (const name of names) dirty.add(name);
      kick();
    });
  }

  async function load(): Promise<void> {
    if (isLoaded) return;
    await Promise.all([context.store.load(), hookRecords.load()]);
    isLoaded = true;
    const losses = context.store.losses();
    if (losses.length > 0) {
      log.error({ environment, losses }, "The inventory was damaged");
      publisher.notice(
        `${losses.join("; ")}: what it had is found again by its labels, and goes only when somebody confirms it`,
      );
    }
    adopt();
  }

  /** Another desired state is in force: what is under way for the one before is not finished. */
  function beginAnew(): void {
    current.abort();
    current = new AbortController();
    isWhole = true;
    context.timers.cancel("pass");
    if (isLoaded) adopt();
    // Something is to be done even when nothing is assigned: what there was may have to go.
    dirty.add("");
    kick();
  }

  function adopt(): void {
    adoptAssignment(context, publisher);
    for (const name of context.applications.keys()) dirty.add(name);
  }

  function mustBeLoaded(): void {
    if (index !== undefined && isLoaded) return;
    throw new AppError("UNAVAILABLE", "The agent has just started and does not know the cluster yet: try again soon");
  }

  async function idle(): Promise<void> {
    await running;
    await corrections.idle();
    await context.locks.idle();
    if (running !== undefined) await idle();
  }

  return {
    assign(desired) {
      const reason = unusable(desired, index?.desired);
      if (reason !== "") {
        const { generation, digest } = desired.header;
        sink.ack({ environment, generation, digest, phase: "rejected", reason });
        return;
      }
      const lastBodies = index?.givenBodies ?? new Map();
      if (index !== undefined && index.desired.header.generation !== desired.header.generation) publisher.notice("");
      index = indexDesired(desired, lastBodies, observer.isClusterScoped);
      publisher.assigned();
      beginAnew();
    },
    reconcileNow() {
      for (const { name, objects, steps: its } of context.applications.values()) {
        dirty.add(name);
        its.isRetry = true;
        for (const object of objects.values()) {
          object.retryAt = 0;
          object.pausedUntil = 0;
          if (object.left === "present") object.left = "";
        }
      }
      kick();
    },
    changed({ key, before, after }) {
      if (index === undefined || !isLoaded) return;
      for (const name of index.claimants(key)) {
        const object = context.applications.get(name)?.objects.get(key);
        if (object === undefined) continue;
        if (object.isRefused) context.again(name);
        if (object.isGoing && after === undefined) {
          object.retryAt = 0;
          context.again(name);
        }
        context.refresh(object);
        const state = context.applications.get(name);
        if (state !== undefined) steps.changed(state, object);
      }
      for (const facts of [before, after]) {
        if (facts?.environment !== environment) continue;
        if (context.applications.get(facts.application)?.steps.keys.has(key) === true) context.again(facts.application);
        const isStale = !index.claimants(key).includes(facts.application);
        if (isStale && context.store.inventory().get(facts.application)?.entries.has(key) === true) {
          context.again(facts.application);
        }
      }
      waiters.wake();
    },
    kindChanged(kind) {
      for (const { name, objects } of context.applications.values()) {
        for (const object of objects.values()) {
          if (object.error === "" || object.isRefused || !isOfKind(object.ref, kind)) continue;
          object.retryAt = 0;
          context.again(name);
        }
      }
      waiters.wake();
    },
    scopeChanged(kind) {
      if (index === undefined || life.signal.aborted) return;
      const { desired, givenBodies } = index;
      if (!isAnyInNamespace(givenBodies, context.store, (ref) => isOfKind(ref, kind))) return;
      index = indexDesired(desired, givenBodies, observer.isClusterScoped);
      beginAnew();
    },
    idle,
    preview(desired, applications) {
      mustBeLoaded();
      return previewOf(context, desired, applications);
    },
    owned(application) {
      mustBeLoaded();
      return ownedObjects(context, application);
    },
    async stop(forget) {
      life.abort();
      current.abort();
      context.timers.clear();
      if (forget) publisher.end();
      observer.require(environment, new Map(), new Map());
      await idle();
    },
  };
}

function isOfKind(ref: ObjectRef, kind: string): boolean {
  return kindKey(ref) === kind;
}
