import { Session } from "node:inspector";
import type { Clock } from "../common/async/index.ts";

/** Gives memory back to the machine when work is over. */
export interface IdleMemory {
  /** There was work; tidies up when none follows for a while. */
  worked(): void;
}

const quietMs = 3_000;

/**
 * After a burst, V8 keeps tens of megabytes of garbage and of room for more until something needs them, which in a quiet agent is
 * never. Only the inspector's collection gives the room back; it stops the agent for some 20 ms.
 */
export function createIdleMemory(clock: Clock, signal: AbortSignal): IdleMemory {
  let waiting = new AbortController();
  signal.addEventListener("abort", () => waiting.abort(), { once: true });
  return {
    worked() {
      waiting.abort();
      if (signal.aborted) return;
      waiting = new AbortController();
      clock.sleep(quietMs, { signal: waiting.signal }).then(collect, () => undefined);
    },
  };
}

function collect(): void {
  const session = new Session();
  session.connect();
  // Not within the answer: until that is over the session holds a lock that disconnecting waits for.
  session.post("HeapProfiler.collectGarbage", () => setImmediate(() => session.disconnect()));
}
