/** Time as the cluster sees it; timers never keep the process alive. */
export interface ClusterClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `work` once after `ms`; returns what cancels it. */
  after(ms: number, work: () => void): () => void;
}

export const realClock: ClusterClock = {
  now: () => Date.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** RFC 3339 with seconds, as Kubernetes writes times. */
export function timestamp(clock: ClusterClock): string {
  return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
}
