/** Tells the person at the terminal what takes its time. On stderr, so that no program's output is disturbed. */
export function say(message: string): void {
  process.stderr.write(`drover: ${message}\n`);
}

/** 95000 → "1 m 35 s". */
export function inWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
}
