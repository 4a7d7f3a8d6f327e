import type { Clock } from "../../common/async/index.ts";
import { untilAborted } from "../apply/index.ts";

/** Waiting for something that events make true, with an end to patience. */
export interface Waiters {
  /** Resolves when `isTrue` holds, after `patienceMs`, or when the signal aborts. */
  until(isTrue: () => boolean, patienceMs: number, signal: AbortSignal): Promise<void>;
  /** Something happened: whoever waits asks again. */
  wake(): void;
}

export function createWaiters(clock: Clock): Waiters {
  const waiting = new Set<() => void>();

  return {
    async until(isTrue, patienceMs, signal) {
      if (isTrue() || signal.aborted) return;
      const patience = new AbortController();
      let ask = () => {};
      const happened = new Promise<void>((resolve) => {
        ask = () => {
          if (isTrue()) resolve();
        };
      });
      waiting.add(ask);
      const tired = clock.sleep(patienceMs, { signal: patience.signal }).catch(() => undefined);
      try {
        await untilAborted(Promise.race([happened, tired]), signal);
      } finally {
        waiting.delete(ask);
        patience.abort();
      }
    },
    wake() {
      for (const ask of waiting) ask();
    },
  };
}
