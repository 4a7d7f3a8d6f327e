import { backoffMs } from "../../common/async/index.ts";
import { type AppError, isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { JobQueue } from "../ports.ts";

export type Handler = Parameters<JobQueue["handle"]>[1];

/** Runs at a time per job name: enough to overlap waiting, few enough not to starve the streams. */
export const defaultConcurrency = 4;

const backoff = { firstMs: 250, maxMs: 10_000 };

/** Delay before attempt `attempt` (1 = first retry) of a run that failed. */
export function retryDelayMs(attempt: number, error: AppError, random: number): number {
  return Math.max(error.retryAfterMs ?? 0, backoffMs(Math.min(attempt, 20), random, backoff));
}

export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "cut off" }
  | { readonly kind: "failed"; readonly error: AppError };

/** One run. Never throws: a failure is logged here, once. */
export async function runHandler(
  handler: Handler,
  job: { readonly name: string; readonly key: string; readonly signal: AbortSignal; readonly log: Logger },
): Promise<Outcome> {
  const { name, key, signal, log } = job;
  try {
    await handler(key, { signal });
    return { kind: "done" };
  } catch (thrown) {
    if (signal.aborted && isAbort(thrown)) return { kind: "cut off" };
    const error = toAppError(thrown);
    if (error.retryable) log.warn({ job: name, key, err: error }, `job ${name} failed: it will run again`);
    else log.error({ job: name, key, err: error }, `job ${name} failed`);
    return { kind: "failed", error };
  }
}
