import type { DeploymentWindows, TimeWindow } from "../domain/index.ts";
import { nextMatch } from "./calendar.ts";

export interface WindowMoment {
  readonly open: boolean;
  /** First moment at which it is the other way round; undefined: as far as can be seen, never. */
  readonly until: number | undefined;
  /** Why it is closed; "" when it is open. */
  readonly reason: string;
}

/** What happens to what is under way when they close is another matter. */
type Windows = Omit<DeploymentWindows, "onClose">;

/** Looks so many openings and closings of single windows ahead: more than a year of daily ones. */
const lookAhead = 1000;

/** Deny beats allow; without any allow, everything that is not denied is open. Times in milliseconds since 1970. */
export function windowAt(windows: Windows, at: number): WindowMoment {
  const now = momentOf(windows, at);
  let time: number | undefined = now.next;
  for (let turn = 0; turn < lookAhead && time !== undefined; turn++) {
    const then = momentOf(windows, time);
    if (then.open !== now.open) return { open: now.open, until: time, reason: now.reason };
    time = then.next;
  }
  return { open: now.open, until: undefined, reason: now.reason };
}

/** No moment after `since` is open. */
export function neverOpens(windows: Windows, since: number): boolean {
  const { open, until } = windowAt(windows, since);
  return !open && until === undefined;
}

interface Moment {
  readonly open: boolean;
  readonly reason: string;
  /** Nothing changes before. */
  readonly next: number | undefined;
}

function momentOf({ timeZone, allow, deny }: Windows, at: number): Moment {
  const denying = deny.map((window) => ({ window, end: endIfCovered(window, timeZone, at) }));
  const denied = denying.find(({ end }) => end !== undefined);
  if (denied !== undefined) {
    const { reason } = denied.window;
    return { open: false, reason: reason === "" ? "closed by a deny window" : reason, next: denied.end };
  }
  const starts = (list: readonly TimeWindow[]) => list.map((window) => nextStart(window, timeZone, at));
  if (allow.length === 0) return { open: true, reason: "", next: earliest(starts(deny)) };
  const ends = allow.map((window) => endIfCovered(window, timeZone, at)).filter((end) => end !== undefined);
  if (ends.length === 0)
    return { open: false, reason: "outside of all allowed windows", next: earliest(starts(allow)) };
  return { open: true, reason: "", next: earliest([...ends, ...starts(deny)]) };
}

/** End of the window when it covers the moment. */
function endIfCovered(window: TimeWindow, timeZone: string, at: number): number | undefined {
  if (window.type === "dates") return window.fromMs <= at && at < window.toMs ? window.toMs : undefined;
  const start = nextMatch(window.cron, timeZone, at - window.durationMs);
  return start !== undefined && start <= at ? start + window.durationMs : undefined;
}

function nextStart(window: TimeWindow, timeZone: string, at: number): number | undefined {
  if (window.type === "dates") return window.fromMs > at ? window.fromMs : undefined;
  return nextMatch(window.cron, timeZone, at);
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  let first: number | undefined;
  for (const time of times) if (time !== undefined && (first === undefined || time < first)) first = time;
  return first;
}
