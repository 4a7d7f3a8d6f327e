/** More reversals than this within a minute are a fight with somebody. */
const reversalsPerMinute = 5;
const windowMs = 60_000;
/** Without a fight for this long, the next one starts with a short pause again. */
const calmMs = 600_000;

/** What is remembered about an object that keeps being changed. Times in milliseconds since 1970. */
export interface Contest {
  /** Newest last, at most reversalsPerMinute. */
  readonly reversals: readonly number[];
  /** How often in a row it was given a pause. */
  readonly pauses: number;
  readonly pausedAt: number;
}

export const noContest: Contest = { reversals: [], pauses: 0, pausedAt: 0 };

export type Verdict =
  | { readonly verdict: "correct"; readonly contest: Contest }
  /** `pauses` is the attempt for the backoff. */
  | { readonly verdict: "pause"; readonly contest: Contest };

/** Whether to reverse a change now; when paused, reversals start counting afresh after the pause. */
export function judgeContest(contest: Contest, now: number): Verdict {
  const reversals = contest.reversals.filter((at) => now - at < windowMs);
  if (reversals.length < reversalsPerMinute) {
    return { verdict: "correct", contest: { ...contest, reversals: [...reversals, now] } };
  }
  const pauses = now - contest.pausedAt > calmMs ? 1 : contest.pauses + 1;
  return { verdict: "pause", contest: { reversals: [], pauses, pausedAt: now } };
}
