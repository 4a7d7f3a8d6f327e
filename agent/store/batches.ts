export interface Batches<T> {
  /** Resolves once it is written, together with what was added at the same time; rejects when that failed. */
  add(item: T): Promise<void>;
  /** What is being written now; undefined when nothing is. */
  writing(): Promise<void> | undefined;
}

interface Waiting<T> {
  readonly item: T;
  readonly done: () => void;
  readonly failed: (thrown: unknown) => void;
}

/** One write after the other, of as much as waits. A batch has more than `maxBytes` only when a single item has. */
export function createBatches<T>(options: {
  readonly maxBytes: number;
  readonly bytesOf: (item: T) => number;
  readonly write: (items: readonly T[]) => Promise<void>;
}): Batches<T> {
  const { maxBytes, bytesOf, write } = options;
  let waiting: Waiting<T>[] = [];
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    // Others of the same message are about to come.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = takeBatch();
      try {
        await write(batch.map(({ item }) => item));
        for (const { done } of batch) done();
      } catch (thrown) {
        for (const { failed } of batch) failed(thrown);
      }
    }
  }

  function takeBatch(): Waiting<T>[] {
    let bytes = 0;
    const beyond = waiting.findIndex(({ item }) => {
      bytes += bytesOf(item);
      return bytes > maxBytes;
    });
    const batch = beyond === -1 ? waiting : waiting.slice(0, Math.max(1, beyond));
    waiting = waiting.slice(batch.length);
    return batch;
  }

  return {
    add: (item) =>
      new Promise((done, failed) => {
        waiting.push({ item, done, failed });
        writing ??= writeAll().finally(() => {
          writing = undefined;
        });
      }),
    writing: () => writing,
  };
}
