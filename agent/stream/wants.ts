import type { Clock } from "../../common/async/index.ts";
import type { Digest } from "../../common/domain/index.ts";
import type { AgentMessage } from "../../common/wire/index.ts";
import type { Collector } from "./collector.ts";

/**
 * When to ask for contents. The hub sends what it believes is missing behind an assignment, so at first we listen. When nothing
 * comes any more, or a part was here before this stream, we ask, and from then on for each thing as soon as we know that we need it.
 */
export interface Wants {
  /** An assignment came. */
  assigned(): void;
  /** Contents came. */
  received(): void;
  tick(): void;
}

/** Grows with each time that asking did not help. */
const firstQuietMs = 1000;
const maxQuietMs = 30_000;
const digestsPerMessage = 512;
const maxAsked = 16 * digestsPerMessage;

export function createWants(options: {
  readonly collector: Collector;
  readonly clock: Clock;
  readonly send: (message: AgentMessage) => void;
}): Wants {
  const { collector, clock, send } = options;
  const asked = new Set<Digest>();
  let asking = collector.wanted().length > 0;
  let lastHeard = clock.now();
  let quietMs = firstQuietMs;

  function ask(): void {
    const wanted = collector.wanted();
    const missing = new Set(wanted.map(({ digest }) => digest));
    for (const digest of asked) if (!missing.has(digest)) asked.delete(digest);
    const fresh = wanted.filter(({ digest }) => !asked.has(digest)).slice(0, maxAsked - asked.size);
    for (let index = 0; index < fresh.length; index += digestsPerMessage) {
      const digests = fresh.slice(index, index + digestsPerMessage);
      for (const { digest } of digests) asked.add(digest);
      send({ want: { digests } });
    }
  }

  return {
    assigned() {
      lastHeard = clock.now();
      if (asking) ask();
    },
    received() {
      lastHeard = clock.now();
      quietMs = firstQuietMs;
      if (!asking) return;
      ask();
      // Everything is here: the next assignment's contents may be sent unasked again.
      if (asked.size === 0) asking = false;
    },
    tick() {
      if (clock.now() - lastHeard < quietMs || collector.wanted().length === 0) return;
      lastHeard = clock.now();
      quietMs = Math.min(maxQuietMs, quietMs * 2);
      asking = true;
      asked.clear();
      ask();
    },
  };
}
