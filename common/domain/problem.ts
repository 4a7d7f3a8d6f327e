import type { SourcePosition } from "../errors.ts";

/**
 * Something wrong with what people wrote, or with reaching it. Shown where it matters (fleet, environment, application): an
 * error keeps the last good state running there, a warning is only shown; neither stops anything else.
 */
export interface Problem {
  readonly severity: "error" | "warning";
  /** Sentence case, values quoted, what was expected; without the position. */
  readonly message: string;
  readonly position?: SourcePosition;
}
