/**
 * Calls `work` for every item, at most `limit` at a time, in order. Takes no further item once the signal is aborted, and
 * then resolves at once: work under way goes on by itself, so it must not throw.
 */
export function concurrently<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const remaining = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = remaining.next(); !signal.aborted && next.done !== true; next = remaining.next()) {
      await work(next.value);
    }
  };
  const lanes = Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane)).then(() => undefined);
  return untilAborted(lanes, signal);
}

/** Resolves with `work`, or at once when the signal aborts. */
export async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let stop = () => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
