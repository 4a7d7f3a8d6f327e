/** A commit that an environment runs and the trunk is still to get, as people were told of it. */
export interface Nag {
  readonly commit: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Whole days after which they were told last. */
  readonly told: number;
}

export interface NagStep {
  /** To be remembered once it is said. */
  readonly nag: Nag | undefined;
  readonly say: "begins" | "lasts" | "over" | undefined;
  /** When there may be something to say again; undefined: not by itself. */
  readonly againAt: number | undefined;
}

const dayMs = 24 * 3_600_000;

/** Once when it begins, once a day while it lasts, once when it is over. `commit`: what the trunk lacks now. */
export function nagAfter(before: Nag | undefined, commit: string | undefined, now: number): NagStep {
  if (commit === undefined) {
    return { nag: undefined, say: before === undefined ? undefined : "over", againAt: undefined };
  }
  if (before?.commit !== commit) {
    return { nag: { commit, since: now, told: 0 }, say: "begins", againAt: now + dayMs };
  }
  const days = Math.floor((now - before.since) / dayMs);
  const isDue = days > before.told;
  const told = Math.max(days, before.told);
  return {
    nag: isDue ? { ...before, told } : before,
    say: isDue ? "lasts" : undefined,
    againAt: before.since + (told + 1) * dayMs,
  };
}
