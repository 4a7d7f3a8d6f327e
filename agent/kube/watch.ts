import { type BackoffOptions, backoffMs, type Clock } from "../../common/async/index.ts";
import { type AppError, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { KindInfo, WatchEvent, WatchOptions } from "../ports.ts";
import { listAll } from "./list.ts";
import { createPendingEvents, type PendingEvents } from "./pending-events.ts";
import { type Transport, transportError } from "./transport.ts";
import { openStream } from "./watch-stream.ts";

export interface WatchDependencies {
  readonly transport: Transport;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  /** A stream that is silent for so long is taken for dead. */
  readonly idleMs: number;
}

const backoff: BackoffOptions = { firstMs: 100, maxMs: 10_000 };
/** A stream that ends sooner than this did not work, whatever it says. */
const shortestStreamMs = 1_000;

/** One run per iteration; leaving the loop ends it, as the signal does. */
export function watchKind(
  dependencies: WatchDependencies,
  kind: KindInfo,
  options: WatchOptions,
): AsyncIterable<WatchEvent> {
  return {
    [Symbol.asyncIterator]() {
      const pending = createPendingEvents();
      const ending = new AbortController();
      const end = () => {
        options.signal?.removeEventListener("abort", end);
        pending.end();
        ending.abort();
      };
      if (options.signal?.aborted === true) end();
      options.signal?.addEventListener("abort", end, { once: true });
      let running: Promise<void> | undefined;

      return {
        next() {
          running ??= keepWatching(dependencies, kind, { ...options, signal: ending.signal }, pending);
          return pending.next();
        },
        async return() {
          end();
          await running;
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Lists, follows, comes back, until the signal aborts. Never rejects. */
async function keepWatching(
  dependencies: WatchDependencies,
  kind: KindInfo,
  options: WatchOptions & { readonly signal: AbortSignal },
  pending: PendingEvents,
): Promise<void> {
  const { transport, clock, random, log } = dependencies;
  const { signal } = options;
  /** Undefined: what the reader knows may have gaps, only a list closes them. */
  let resourceVersion: string | undefined;
  let failures = 0;

  while (!signal.aborted) {
    let openedAt: number | undefined;
    let progressed = false;
    try {
      if (resourceVersion === undefined) {
        const list = await listAll(transport, kind, options);
        resourceVersion = list.resourceVersion;
        pending.add({ type: "listed", objects: list.objects });
      }
      const timeoutSeconds = Math.round(300 + 300 * random());
      const selection = { ...options, resourceVersion, timeoutSeconds, idleMs: dependencies.idleMs };
      const stream = await openStream(transport, kind, selection);
      openedAt = clock.now();
      await stream.follow((progress) => {
        progressed = true;
        resourceVersion = progress.resourceVersion;
        if (progress.event !== undefined) pending.add(progress.event);
      });
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toAppError(transportError({ doing: `watch ${kind.plural}`, signal }, thrown));
      if (losesHistory(error, failures)) resourceVersion = undefined;
      log.debug({ kind: kind.kind, error: error.message, relist: resourceVersion === undefined }, "Watch interrupted");
    }
    const lasted = openedAt !== undefined && clock.now() - openedAt >= shortestStreamMs;
    failures = progressed || lasted ? 0 : failures + 1;
    await clock.sleep(backoffMs(Math.max(1, failures), random(), backoff), { signal }).catch(() => {});
  }
}

/** The server forgot where we are, or keeps refusing to go on from there. A broken connection alone is neither. */
function losesHistory(error: AppError, failures: number): boolean {
  return error.details["expired"] === true || (error.details["status"] !== undefined && failures >= 3);
}
