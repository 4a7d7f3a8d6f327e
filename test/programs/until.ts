import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../common/errors.ts";

export interface UntilOptions {
  /** Default 60000: a slow machine under load is no failure. */
  readonly timeoutMs?: number;
  /** Default 25. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Resolves with the first defined result of `probe`, asked again and again. What a probe throws counts as
 * "not yet" and is the cause of the error in the end.
 * @throws DEADLINE_EXCEEDED naming `what`
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  { timeoutMs = 60_000, everyMs = 25, signal }: UntilOptions = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (let cause: unknown; ; await delay(everyMs, undefined, { signal })) {
    try {
      const result = await probe();
      if (result !== undefined) return result;
      cause = undefined;
    } catch (thrown) {
      cause = thrown;
    }
    if (Date.now() > deadline) {
      const why = cause instanceof Error ? `: ${cause.message}` : "";
      throw new AppError("DEADLINE_EXCEEDED", `Waited ${timeoutMs} ms in vain for ${what}${why}`, { cause });
    }
  }
}
