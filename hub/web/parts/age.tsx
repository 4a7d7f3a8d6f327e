import { now } from "../now.ts";
import { age } from "../words.ts";

/** How long ago something was; the exact time when it is pointed at. */
export function Age({ at, before = "", after = "" }: AgeProps) {
  if (at === null || at === "") return null;
  return (
    <time dateTime={at} title={at}>
      {before}
      {age(at, now.value)}
      {after}
    </time>
  );
}

interface AgeProps {
  /** ISO 8601. */
  readonly at: string | null;
  readonly before?: string;
  readonly after?: string;
}
