/**
 * Runs `work` once per request burst and key: never two runs of one key at a time, and a request that arrives during a run
 * causes exactly one more run after it. The building block of every level-triggered loop.
 */
export interface Coalesced<K> {
  /** Asks for a run. Resolves when a run that started after this call has ended; rejects with that run's error. */
  request(key: K): Promise<void>;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
}

interface Slot {
  running: Promise<void>;
  next: Promise<void> | undefined;
}

export function createCoalesced<K>(work: (key: K) => Promise<void>): Coalesced<K> {
  const slots = new Map<K, Slot>();

  function start(key: K): Promise<void> {
    const running = Promise.resolve().then(() => work(key));
    const slot: Slot = { running, next: undefined };
    slots.set(key, slot);
    const finish = () => {
      if (slot.next === undefined && slots.get(key) === slot) slots.delete(key);
    };
    running.then(finish, finish);
    return running;
  }

  return {
    request(key) {
      const slot = slots.get(key);
      if (slot === undefined) return start(key);
      slot.next ??= slot.running.then(
        () => start(key),
        () => start(key),
      );
      return slot.next;
    },
    async idle() {
      while (slots.size > 0) {
        await Promise.allSettled([...slots.values()].map((slot) => slot.next ?? slot.running));
      }
    },
  };
}
