const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** "30s", "10m", "1h30m": one or more whole numbers with a unit (h, m, s, ms), largest first. */
export const durationPattern = /^(?=.)(?:\d+h)?(?:\d+m(?!s))?(?:\d+s)?(?:\d+ms)?$/;

/** Milliseconds; undefined when `text` is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|h|m|s)/g)) total += Number(count) * (unitsMs[unit ?? ""] ?? 0);
  return total;
}
