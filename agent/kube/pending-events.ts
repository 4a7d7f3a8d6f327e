import type { LiveObject, WatchEvent } from "../ports.ts";

/** Events on their way from the server to a reader who may be slow. */
export interface PendingEvents {
  add(event: WatchEvent): void;
  /** Drops what is pending; readers come to the end at once. */
  end(): void;
  /** One reader at a time. */
  next(): Promise<IteratorResult<WatchEvent, undefined>>;
}

/**
 * Holds at most one list and one event per object: the newest. So a reader who stops costs no more memory than the objects
 * themselves, and still learns the state everything ends in.
 */
export function createPendingEvents(): PendingEvents {
  const changes = new Map<string, WatchEvent>();
  let list: WatchEvent | undefined;
  let ended = false;
  let wake: (() => void) | undefined;

  function take(): WatchEvent | undefined {
    if (list !== undefined) {
      const event = list;
      list = undefined;
      return event;
    }
    for (const [key, event] of changes) {
      changes.delete(key);
      return event;
    }
    return undefined;
  }

  return {
    add(event) {
      if (ended) return;
      if (event.type === "listed") {
        changes.clear();
        list = event;
      } else {
        changes.set(keyOf(event.object), event);
      }
      wake?.();
    },
    end() {
      ended = true;
      list = undefined;
      changes.clear();
      wake?.();
    },
    async next() {
      for (;;) {
        if (ended) return { done: true, value: undefined };
        const event = take();
        if (event !== undefined) return { done: false, value: event };
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

function keyOf({ metadata }: LiveObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
