/** `run` never twice at a time; callers that arrive during a run share the next one. */
export interface SharedRun<T> {
  /** Result of a run that started after this call. The run is aborted when all who wait for it have given up. */
  join(signal?: AbortSignal): Promise<T>;
  /** Aborts what runs, refuses what waits, and resolves when nothing runs. */
  close(reason: Error): Promise<void>;
}

interface Round<T> {
  readonly controller: AbortController;
  readonly result: Promise<T>;
  waiting: number;
}

export function createSharedRun<T>(run: (signal: AbortSignal) => Promise<T>): SharedRun<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Round<T> | undefined;
  let closed: Error | undefined;
  const rounds = new Set<Round<T>>();

  function schedule(): Round<T> {
    const controller = new AbortController();
    const result = last.then(() => {
      if (next === round) next = undefined;
      controller.signal.throwIfAborted();
      return run(controller.signal);
    });
    const round: Round<T> = { controller, result, waiting: 0 };
    const done = () => rounds.delete(round);
    last = result.then(done, done);
    rounds.add(round);
    return round;
  }

  return {
    join(signal) {
      if (closed !== undefined) return Promise.reject(closed);
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      next ??= schedule();
      const round = next;
      round.waiting++;
      return new Promise<T>((resolve, reject) => {
        const leave = () => {
          round.waiting--;
          if (round.waiting === 0) {
            if (next === round) next = undefined;
            round.controller.abort(signal?.reason);
          }
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", leave, { once: true });
        const settle = () => signal?.removeEventListener("abort", leave);
        round.result.then(
          (value) => {
            settle();
            resolve(value);
          },
          (thrown: unknown) => {
            settle();
            reject(thrown);
          },
        );
      });
    },
    async close(reason) {
      closed = reason;
      for (const round of rounds) round.controller.abort(reason);
      await last;
    },
  };
}
