import pLimit from "p-limit";
import { type Clock, createCoalesced, systemClock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { JobQueue } from "../ports.ts";
import { defaultConcurrency, type Handler, retryDelayMs, runHandler } from "./handling.ts";

export interface MemoryJobQueueDependencies {
  readonly log: Logger;
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly concurrency?: number;
}

/** In this process only. Requests die with it: everything is level-triggered, and the hub asks for all of it when it starts. */
export function createMemoryJobQueue(dependencies: MemoryJobQueueDependencies): JobQueue {
  const { log, clock = systemClock, random = Math.random, concurrency = defaultConcurrency } = dependencies;
  const closing = new AbortController();
  const names = new Map<string, { readonly request: (key: string) => void; readonly idle: () => Promise<void> }>();
  const early: (() => void)[] = [];
  let started = false;

  function createRunner(name: string, handler: Handler) {
    const limit = pLimit(concurrency);
    const retries = new Map<string, { readonly attempt: number; readonly cancel: () => void }>();
    const runs = createCoalesced<string>((key) => limit(() => run(key)));

    async function run(key: string): Promise<void> {
      if (closing.signal.aborted) return;
      const attempt = (retries.get(key)?.attempt ?? 0) + 1;
      // This run stands for the retry that may be due later.
      retries.get(key)?.cancel();
      const outcome = await runHandler(handler, { name, key, signal: closing.signal, log });
      if (outcome.kind === "failed" && outcome.error.retryable) retryLater(key, attempt, outcome.error);
      else retries.delete(key);
    }

    function retryLater(key: string, attempt: number, error: AppError): void {
      const waiting = new AbortController();
      const signal = AbortSignal.any([waiting.signal, closing.signal]);
      retries.set(key, { attempt, cancel: () => waiting.abort() });
      clock.sleep(retryDelayMs(attempt, error, random()), { signal }).then(
        () => runs.request(key),
        () => undefined,
      );
    }

    return { request: (key: string) => void runs.request(key), idle: () => runs.idle() };
  }

  return {
    handle(name, handler) {
      names.set(name, createRunner(name, handler));
    },
    async start() {
      started = true;
      for (const request of early.splice(0)) request();
    },
    async request(name, key) {
      const runner = names.get(name);
      if (closing.signal.aborted)
        throw new AppError("UNAVAILABLE", `Cannot request job "${name}": the hub is stopping`);
      if (runner === undefined) throw new AppError("INTERNAL", `Cannot request job "${name}": nobody handles it`);
      if (started) runner.request(key);
      else early.push(() => runner.request(key));
    },
    async close() {
      closing.abort();
      await Promise.all([...names.values()].map(({ idle }) => idle()));
    },
  };
}
