import { type BackoffOptions, backoffMs, type Clock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";

const requestBackoff: BackoffOptions = { firstMs: 100, maxMs: 3_000 };

/** A request is sent at most this often. */
const maxAttempts = 5;
/** No new attempt is made after this time: the caller's own loop is the better place to wait, and says what it waits for. */
const maxTotalMs = 3_000;

const retriedStatus: ReadonlySet<unknown> = new Set([429, 500, 502, 503, 504]);

/**
 * Milliseconds until the next attempt, undefined when there is to be none. Only what the server asks to repeat and what
 * never got an answer is repeated; an answer that took too long is not: the server is busy with it.
 */
export function retryDelayMs(
  error: AppError,
  progress: { readonly attempt: number; readonly elapsedMs: number; readonly random: number },
): number | undefined {
  if (progress.attempt >= maxAttempts) return undefined;
  const { status } = error.details;
  const retried = status === undefined ? error.code === "UNAVAILABLE" : retriedStatus.has(status) && error.retryable;
  if (!retried) return undefined;
  const delay = Math.max(backoffMs(progress.attempt, progress.random, requestBackoff), error.retryAfterMs ?? 0);
  return progress.elapsedMs + delay > maxTotalMs ? undefined : delay;
}

export interface RetryContext {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly onRetry: (error: AppError, delayMs: number) => void;
}

/** Calls `attempt` until it succeeds or what it throws is final. */
export async function withRetries<T>(
  context: RetryContext,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  const startedAt = context.clock.now();
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      const elapsedMs = context.clock.now() - startedAt;
      const delayMs = retryDelayMs(thrown, { attempt: made, elapsedMs, random: context.random() });
      if (delayMs === undefined) throw thrown;
      context.onRetry(thrown, delayMs);
      await context.clock.sleep(delayMs, { signal });
    }
  }
}
