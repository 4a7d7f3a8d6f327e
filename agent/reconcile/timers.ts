import type { Clock } from "../../common/async/index.ts";

/** At most one wake-up per id; setting it again replaces it. */
export interface Timers {
  set(id: string, ms: number, wake: () => void): void;
  cancel(id: string): void;
  clear(): void;
}

export function createTimers(clock: Clock): Timers {
  const sleeping = new Map<string, AbortController>();

  function cancel(id: string): void {
    sleeping.get(id)?.abort();
    sleeping.delete(id);
  }

  return {
    set(id, ms, wake) {
      cancel(id);
      const controller = new AbortController();
      sleeping.set(id, controller);
      clock.sleep(ms, { signal: controller.signal }).then(
        () => {
          if (sleeping.get(id) !== controller) return;
          sleeping.delete(id);
          wake();
        },
        () => undefined,
      );
    },
    cancel,
    clear() {
      for (const controller of sleeping.values()) controller.abort();
      sleeping.clear();
    },
  };
}
