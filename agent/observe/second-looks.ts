import type { Clock } from "../../common/async/index.ts";

/** A rollout that goes well is over by then, and costs no request. */
const firstMs = 10_000;
const maxMs = 300_000;

export interface SecondLooksOptions {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Never rejects. */
  look(key: string, signal: AbortSignal): Promise<void>;
}

/** Looks again and again, ever more rarely, at what is not well and may be judged otherwise without an event. */
export interface SecondLooks {
  /** Goes on with what was begun for the same `about`; begins anew otherwise. */
  begin(key: string, about: string): void;
  end(key: string): void;
  close(): Promise<void>;
}

export function createSecondLooks({ clock, random, look }: SecondLooksOptions): SecondLooks {
  const running = new Map<string, { readonly about: string; readonly controller: AbortController }>();
  const ending = new Set<Promise<void>>();

  async function repeat(key: string, signal: AbortSignal): Promise<void> {
    for (let delay = firstMs; !signal.aborted; delay = Math.min(delay * 2, maxMs)) {
      // Many that broke together are not asked about together.
      await clock.sleep(delay * (1 + random() / 4), { signal }).catch(() => undefined);
      if (!signal.aborted) await look(key, signal);
    }
  }

  function end(key: string): void {
    running.get(key)?.controller.abort();
    running.delete(key);
  }

  return {
    begin(key, about) {
      if (running.get(key)?.about === about) return;
      end(key);
      const controller = new AbortController();
      running.set(key, { about, controller });
      const done = repeat(key, controller.signal).finally(() => ending.delete(done));
      ending.add(done);
    },
    end,
    async close() {
      for (const key of [...running.keys()]) end(key);
      await Promise.all(ending);
    },
  };
}
