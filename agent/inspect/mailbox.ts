/** One value at a time from several writers to one reader: a writer waits until the reader took what it has. */
export interface Mailbox<T> {
  /** Resolves when it was taken; rejects with the signal's reason. */
  put(value: T): Promise<void>;
  /** Nothing comes any more, or this went wrong. */
  end(error?: unknown): void;
  values(): AsyncGenerator<T>;
}

export function createMailbox<T>(signal: AbortSignal): Mailbox<T> {
  const waiting: { readonly value: T; readonly taken: () => void }[] = [];
  let ending: { readonly error: unknown } | undefined;
  let wake = () => {};
  signal.addEventListener(
    "abort",
    () => {
      for (const { taken } of waiting) taken();
      wake();
    },
    { once: true },
  );

  return {
    async put(value) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        waiting.push({ value, taken: resolve });
        wake();
      });
      signal.throwIfAborted();
    },
    end(error) {
      ending ??= { error };
      wake();
    },
    async *values() {
      for (;;) {
        signal.throwIfAborted();
        const next = waiting.shift();
        if (next !== undefined) {
          yield next.value;
          next.taken();
        } else if (ending === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if (ending.error === undefined) return;
        else throw ending.error;
      }
    },
  };
}
