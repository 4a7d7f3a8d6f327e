import { setImmediate } from "node:timers/promises";

/** Call between pieces of work: lets others have the thread when this one had it for 10 ms, so that no stream misses a beat. */
export function createPacer(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < 10) return;
    await setImmediate();
    since = performance.now();
  };
}
