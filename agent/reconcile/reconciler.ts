import { type Clock, systemClock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { createObserver } from "../observe/index.ts";
import type { DesiredEnvironment, KubeClient, StatusSink } from "../ports.ts";
import { createEnvironmentLoop, type EnvironmentLoop } from "./environment-loop.ts";
import type { OwnedObject } from "./owned.ts";
import type { Preview } from "./preview.ts";

/** Makes the cluster what it was assigned, and keeps it so. Everything it does can be interrupted at any line and done again. */
export interface Reconciler {
  /** The newest wins at once: an older one that is under way is not finished. */
  assign(desired: DesiredEnvironment): void;
  /** Stops reconciling an environment and withdraws what was reported about it; its objects stay. */
  release(environment: string): Promise<void>;
  /** Compares again now, pauses and backoffs forgotten. Resolves when that is done. */
  reconcileNow(environment?: string): Promise<void>;
  /** What applying this would do. UNAVAILABLE while the cluster was not looked at; NOT_FOUND for an environment it is not in. */
  preview(desired: DesiredEnvironment, applications: readonly string[]): Preview;
  /** What an environment wants or owns here of an application, of all with "". Throws as preview(). */
  owned(environment: string, application: string): readonly OwnedObject[];
  /** What was assigned before waits for this. */
  start(options: { readonly signal: AbortSignal }): void;
  /** Resolves when there is nothing left to do before the next event. */
  idle(): Promise<void>;
  /** Objects, inventory and what was reported stay. */
  close(): Promise<void>;
}

export interface ReconcilerOptions {
  readonly kube: KubeClient;
  readonly sink: StatusSink;
  readonly log: Logger;
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
  /** Requests under way at a time, per environment. */
  readonly concurrency?: number;
}

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { kube, sink, log, clock = systemClock, random = Math.random, concurrency = 32 } = options;
  const loops = new Map<string, EnvironmentLoop>();
  const early = new Map<string, DesiredEnvironment>();
  let isStarted = false;
  let closing: Promise<void> | undefined;

  const observer = createObserver({
    kube,
    clock,
    log,
    random,
    changed(change) {
      for (const loop of loops.values()) loop.changed(change);
    },
    kindChanged(kind) {
      for (const loop of loops.values()) loop.kindChanged(kind);
    },
    scopeChanged(kind) {
      for (const loop of loops.values()) loop.scopeChanged(kind);
    },
  });

  function assign(desired: DesiredEnvironment): void {
    const { environment } = desired.header;
    if (closing !== undefined) return;
    if (!isStarted) {
      early.set(environment, desired);
      return;
    }
    let loop = loops.get(environment);
    if (loop === undefined) {
      loop = createEnvironmentLoop({ environment, kube, sink, observer, clock, log, random, concurrency });
      loops.set(environment, loop);
    }
    loop.assign(desired);
  }

  async function close(): Promise<void> {
    await Promise.all([...loops.values()].map((loop) => loop.stop(false)));
    loops.clear();
    await observer.close();
  }

  async function idle(): Promise<void> {
    await Promise.all([...loops.values()].map((loop) => loop.idle()));
  }

  function loopOf(environment: string): EnvironmentLoop {
    const loop = loops.get(environment);
    if (loop !== undefined) return loop;
    throw new AppError("NOT_FOUND", `Nothing of environment "${environment}" is assigned to this cluster yet`);
  }

  return {
    assign,
    preview: (desired, applications) => loopOf(desired.header.environment).preview(desired, applications),
    owned: (environment, application) => loopOf(environment).owned(application),
    async release(environment) {
      early.delete(environment);
      const loop = loops.get(environment);
      loops.delete(environment);
      await loop?.stop(true);
    },
    async reconcileNow(environment) {
      const chosen = [...loops].filter(([name]) => environment === undefined || name === environment);
      for (const [, loop] of chosen) loop.reconcileNow();
      await Promise.all(chosen.map(([, loop]) => loop.idle()));
    },
    start({ signal }) {
      isStarted = true;
      for (const desired of early.values()) assign(desired);
      early.clear();
      signal.addEventListener("abort", () => void (closing ??= close()), { once: true });
    },
    idle,
    close: () => (closing ??= close()),
  };
}
