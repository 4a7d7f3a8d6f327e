import { Cron } from "croner";

/** First match of the expression after `at`, as clocks in the time zone show it; undefined when there is none any more. */
export function nextMatch(cron: string, timeZone: string, at: number): number | undefined {
  return scheduleOf(cron, timeZone).nextRun(new Date(at))?.getTime();
}

/** Minute, hour, day, month, weekday. */
export function isCron(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 5) return false;
  try {
    scheduleOf(text, "UTC");
    return true;
  } catch {
    return false;
  }
}

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** "2026-12-20" or "2026-12-20T18:00" as clocks in the time zone show it, in ms since 1970; undefined when it is no such time. */
export function instantIn(timeZone: string, local: string): number | undefined {
  const [, date, time = "00:00"] = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d))?$/.exec(local) ?? [];
  if (date === undefined || Number.isNaN(Date.parse(`${date}T${time}:00Z`))) return undefined;
  if (new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) !== date) return undefined;
  return nextMatch(`${date}T${time}:00`, timeZone, 0);
}

/** Only asked for times: paused, it starts no timer. */
function scheduleOf(pattern: string, timezone: string): Cron {
  return new Cron(pattern, { timezone, paused: true });
}
