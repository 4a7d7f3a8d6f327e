import type { Change } from "./change.ts";

/**
 * "latest": the newest commit that is proven upstream; "queue": one after the other; "batch": the newest one, but not sooner
 * than `windowMs` after the last.
 */
export type Order =
  | { readonly kind: "latest" }
  | { readonly kind: "queue" }
  | { readonly kind: "batch"; readonly windowMs: number };

export interface Choice {
  readonly change: Change | undefined;
  /** Why none is chosen; empty when one is. */
  readonly reason: string;
  /** When that may change by itself, milliseconds since 1970. */
  readonly until?: number;
}

/**
 * Which of the commits that were proven upstream goes next. `proven` may be any of those that upstream ever finished with: a newer
 * commit that is still in flight there never keeps back an older one that was.
 */
export function choose(
  order: Order,
  input: {
    readonly proven: readonly Change[];
    readonly running: Change | undefined;
    readonly quarantined: ReadonlySet<string>;
    readonly lastMovedAt: number | undefined;
    readonly now: number;
  },
): Choice {
  const { running, quarantined, lastMovedAt, now } = input;
  const after = input.proven
    .filter(({ ordinal, tree }) => running === undefined || (ordinal > running.ordinal && tree !== running.tree))
    .sort((a, b) => a.ordinal - b.ordinal);
  const eligible = after.filter(({ tree }) => !quarantined.has(tree));
  if (eligible.length === 0) {
    return {
      change: undefined,
      reason: after.length > 0 ? "What is proven upstream is quarantined" : "Nothing newer is proven upstream",
    };
  }
  if (order.kind === "batch" && lastMovedAt !== undefined && now < lastMovedAt + order.windowMs) {
    return { change: undefined, reason: "The next batch is not due yet", until: lastMovedAt + order.windowMs };
  }
  return { change: order.kind === "queue" ? eligible[0] : eligible.at(-1), reason: "" };
}
