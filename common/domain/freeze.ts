/** Nothing is promoted and no rollout starts until somebody lifts it, or its time is over. */
export interface Freeze {
  /** Null: every environment. */
  readonly environment: string | null;
  readonly reason: string;
  readonly by: string;
  /** ISO 8601. */
  readonly since: string;
  /** ISO 8601, not included; null: until it is lifted. */
  readonly until: string | null;
}

/** Those that bind an environment at `now`, milliseconds since 1970. */
export function freezesOf(freezes: readonly Freeze[], environment: string, now: number): readonly Freeze[] {
  return freezes.filter(
    (freeze) =>
      (freeze.environment ?? environment) === environment && (freeze.until === null || now < Date.parse(freeze.until)),
  );
}

/** "everything is frozen by ann since 2026-12-20T08:00Z until 2027-01-07T08:00Z: year-end". */
export function freezeText({ environment, reason, by, since, until }: Freeze): string {
  const what = environment === null ? "everything" : `"${environment}"`;
  return `${what} is frozen by ${by} since ${minute(since)}${until === null ? "" : ` until ${minute(until)}`}: ${reason}`;
}

function minute(at: string): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
