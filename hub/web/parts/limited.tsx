import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

const step = 200;

export interface LimitedProps<T> {
  readonly items: readonly T[];
  /** As many are shown at first. */
  readonly most: number;
  /** What they are, in the plural. */
  readonly what: string;
  readonly children: (items: readonly T[]) => ComponentChildren;
}

/** The first of many, and more when somebody asks: a page stays quick however big the fleet is. */
export function Limited<T>({ items, most, what, children }: LimitedProps<T>) {
  const shown = useSignal(most);
  const rest = items.length - shown.value;
  return (
    <>
      {children(items.slice(0, shown.value))}
      {rest > 0 ? (
        <p>
          <button type="button" onClick={() => (shown.value += step)}>
            Show {Math.min(step, rest)} more of {rest.toLocaleString("en")} {what}
          </button>
        </p>
      ) : null}
    </>
  );
}
