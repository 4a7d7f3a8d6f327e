/** Time, as far as pacing needs it. */
export interface Timer {
  now(): number;
  /** Returns the function that calls it off. */
  after(ms: number, work: () => void): () => void;
}

export interface Pace {
  /** It is to run; once, however often this is said before it does. */
  request(): void;
  stop(): void;
}

const shortestMs = 500;
/** Of its own time it takes at most a tenth: what a big fleet makes slow is asked for less often. */
const share = 10;

/** Runs work when it is asked for: at once the first time, never twice at a time, and with pauses as long as the work is slow. */
export function createPace(work: () => Promise<void>, timer: Timer): Pace {
  let wanted = false;
  let running = false;
  let stopped = false;
  let notBefore = 0;
  let callOff: (() => void) | undefined;

  function run(): void {
    callOff = undefined;
    wanted = false;
    running = true;
    const startedAt = timer.now();
    void work().finally(() => {
      running = false;
      notBefore = timer.now() + Math.max(shortestMs, share * (timer.now() - startedAt));
      if (wanted) plan();
    });
  }

  function plan(): void {
    if (stopped || running || callOff !== undefined) return;
    const wait = notBefore - timer.now();
    if (wait <= 0) run();
    else callOff = timer.after(wait, run);
  }

  return {
    request() {
      wanted = true;
      plan();
    },
    stop() {
      stopped = true;
      callOff?.();
    },
  };
}
