import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../common/schema/index.ts";

export interface DurationArgument {
  readonly text: string;
  readonly ms: number;
}

export function durationArgument(text: string): DurationArgument {
  const duration = patienceArgument(text);
  if (duration.ms === 0) throw wrong();
  return duration;
}

/** How long to wait: "0s" is not at all. */
export function patienceArgument(text: string): DurationArgument {
  const ms = parseDuration(text);
  if (ms === undefined) throw wrong();
  return { text, ms };
}

function wrong(): InvalidArgumentError {
  return new InvalidArgumentError("Expected a duration such as 500ms, 60s or 1h30m.");
}
