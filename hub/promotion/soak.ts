import { type Gate, passed, waiting } from "./gate.ts";

/** How long an environment has been well with one content. Times are milliseconds since 1970. */
export interface Soak {
  /** Stands for the content. */
  readonly content: string;
  /** Since when it has been well without a break; undefined while it is not. Time that nobody watched is left out. */
  readonly since: number | undefined;
  readonly watchedAt: number;
}

/**
 * What is known after a look at `now`. Another content or ill health starts from the beginning. `isContinuous` false: the hub
 * was away since the last look, and that time does not count.
 */
export function soakAfter(
  before: Soak | undefined,
  look: { readonly content: string; readonly isWell: boolean; readonly now: number; readonly isContinuous: boolean },
): Soak {
  const { content, isWell, now, isContinuous } = look;
  if (!isWell) return { content, since: undefined, watchedAt: now };
  const isSame = before?.content === content && before.since !== undefined;
  if (!isSame || before?.since === undefined) return { content, since: now, watchedAt: now };
  const unwatched = isContinuous ? 0 : Math.max(0, now - before.watchedAt);
  return { content, since: before.since + unwatched, watchedAt: now };
}

export function soakGate(soak: Soak | undefined, content: string, neededMs: number, now: number): Gate {
  const name = "soak";
  if (neededMs === 0) return passed(name, "None is asked for");
  if (soak === undefined || soak.content !== content || soak.since === undefined) {
    return waiting(name, `Starts when it is healthy, then takes ${text(neededMs)}`);
  }
  const reached = now - soak.since;
  if (reached >= neededMs)
    return passed(name, `Healthy for ${text(reached)} without a break, ${text(neededMs)} needed`);
  return waiting(name, `Healthy for ${text(reached)} of ${text(neededMs)}`, soak.since + neededMs);
}

function text(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
