/** "2026-11-23T12:00:00Z". */
export function formatMs(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}

/** "10m", "1h30m", "45s", "250ms". */
export function formatDuration(ms: number): string {
  const parts = [
    [Math.floor(ms / 3_600_000), "h"],
    [Math.floor(ms / 60_000) % 60, "m"],
    [Math.floor(ms / 1000) % 60, "s"],
    [ms % 1000, "ms"],
  ] as const;
  const text = parts.map(([count, unit]) => (count === 0 ? "" : `${count}${unit}`)).join("");
  return text === "" ? "0s" : text;
}
