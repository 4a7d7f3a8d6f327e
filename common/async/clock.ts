import { AppError } from "../errors.ts";

/** Time as a dependency, so that tests and simulations own it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, { signal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
};

/** Rejects with DEADLINE_EXCEEDED when `work` takes longer than `ms`; `work` sees the abort. */
export async function withDeadline<T>(
  ms: number,
  doing: string,
  work: (signal: AbortSignal) => Promise<T>,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const deadline = AbortSignal.timeout(ms);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  try {
    return await work(signal);
  } catch (thrown) {
    if (deadline.aborted && options.signal?.aborted !== true) {
      throw new AppError("DEADLINE_EXCEEDED", `${doing}: took longer than ${ms} ms`, { cause: thrown });
    }
    throw thrown;
  }
}
