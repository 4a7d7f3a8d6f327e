import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../common/schema/index.ts";

export interface DurationArgument {
  readonly text: string;
  readonly ms: number;
}

export function durationArgument(text: string): DurationArgument {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError("Expected a duration such as 500ms, 60s or 1h30m.");
  return { text, ms };
}
