/** Runs at most `limit` pieces of work at a time, in the order they were asked for. */
export type Limiter = (work: () => Promise<void>) => Promise<void>;

export function createLimiter(limit: number): Limiter {
  let running = 0;
  const waiting: (() => void)[] = [];

  return async (work) => {
    if (running < limit) running++;
    // Whoever leaves hands over its place: `running` stays.
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
