import type { FleetChange } from "../surfaces.ts";

/** A client that falls behind by more distinct changes than this is told to read everything again. */
export const maxPending = 1_000;

export const resyncEvent = "event: resync\ndata: {}\n\n";

/**
 * What one client of the event stream has not been told yet. Equal changes are one, because a change says only what to read
 * again; so memory is bounded however slow the client is, and nothing is lost.
 */
export interface PendingChanges {
  add(change: FleetChange): void;
  /** Server-sent events of everything that waits, which then waits no more; "" when nothing does. */
  take(): string;
}

export function createPendingChanges(): PendingChanges {
  const pending = new Map<string, FleetChange>();
  let overflow = false;
  return {
    add(change) {
      // A resync says it all.
      if (overflow) return;
      pending.set(`${change.kind}/${change.environment}/${change.cluster}/${change.application}`, change);
      if (pending.size > maxPending) {
        overflow = true;
        pending.clear();
      }
    },
    take() {
      const text = overflow ? resyncEvent : [...pending.values()].map(changeEvent).join("");
      overflow = false;
      pending.clear();
      return text;
    },
  };
}

const changeEvent = (change: FleetChange) => `event: change\ndata: ${JSON.stringify(change)}\n\n`;
