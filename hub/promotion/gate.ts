/** One condition that a promotion waits for. */
export interface Gate {
  /** "upstream", "soak", "approvals", "window", "hold", "branch", "freeze", "quarantine", "status/ci", "check/smoke", "forge"; with several upstream environments "upstream/eu", "soak/eu". */
  readonly name: string;
  /** "failed": waiting alone will not help. */
  readonly state: "passed" | "waiting" | "failed";
  /** One sentence that names what it looks at. */
  readonly reason: string;
  /** When it is going to pass if nothing happens, milliseconds since 1970; undefined when that cannot be known. */
  readonly until?: number;
}

export const passed = (name: string, reason: string): Gate => ({ name, state: "passed", reason });
export const failed = (name: string, reason: string): Gate => ({ name, state: "failed", reason });
export const waiting = (name: string, reason: string, until?: number): Gate =>
  until === undefined ? { name, state: "waiting", reason } : { name, state: "waiting", reason, until };

/** Those that stand in the way. */
export function unmet(gates: readonly Gate[]): readonly Gate[] {
  return gates.filter(({ state }) => state !== "passed");
}

/** How records and messages tell of it. */
export function gateSentence({ name, reason }: Gate): string {
  return `${name}: ${reason}`;
}
