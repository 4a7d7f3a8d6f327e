/** Runs work of one key one after the other, in the order of the calls; other keys don't wait. */
export interface KeyedLock<K> {
  run<T>(key: K, work: () => Promise<T>): Promise<T>;
}

export function createKeyedLock<K>(): KeyedLock<K> {
  const tails = new Map<K, Promise<unknown>>();
  return {
    run(key, work) {
      const before = tails.get(key) ?? Promise.resolve();
      const running = before.then(work, work);
      const tail = running.then(
        () => undefined,
        () => undefined,
      );
      tails.set(key, tail);
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
      return running;
    },
  };
}
