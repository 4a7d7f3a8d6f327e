import { systemClock } from "../../common/async/index.ts";
import { AppError } from "../../common/errors.ts";
import type { ViewFilter } from "../surfaces.ts";
import type { HubClient } from "./client.ts";
import type { Resource } from "./resource.ts";
import { changedParts, isInPart } from "./watched-parts.ts";

const retryMs = 1_000;

export interface WatchedItem<T> {
  readonly item: T;
  /** It is no longer listed; `item` is what it was. */
  readonly gone: boolean;
}

/**
 * The listing as it is, then what changes in it, until the signal aborts. Only the parts that a change names are read again,
 * and what changed while they were read is read together the next time.
 */
export async function* watch<T>(
  resource: Resource<T>,
  filter: ViewFilter,
  client: Pick<HubClient, "list" | "changes">,
  options: { readonly signal: AbortSignal; readonly lost: (message: string) => void },
): AsyncGenerator<readonly WatchedItem<T>[]> {
  const seen = new Map<string, { readonly item: T; readonly text: string }>();

  async function read(part: ViewFilter): Promise<WatchedItem<T>[]> {
    const items = await client.list<T>(resource.name, part, options);
    const changed: WatchedItem<T>[] = [];
    const present = new Set<string>();
    for (const item of items) {
      const identity = resource.identity(item);
      const text = JSON.stringify(item);
      present.add(identity);
      if (seen.get(identity)?.text === text) continue;
      seen.set(identity, { item, text });
      changed.push({ item, gone: false });
    }
    for (const [identity, { item }] of seen) {
      if (present.has(identity) || !isInPart(resource.place(item), part)) continue;
      seen.delete(identity);
      changed.push({ item, gone: true });
    }
    return changed;
  }

  /** Between the news and the question for it the hub may go away, or the connection that was kept for it. */
  async function readPatiently(part: ViewFilter): Promise<WatchedItem<T>[]> {
    for (;;) {
      try {
        return await read(part);
      } catch (thrown) {
        if (options.signal.aborted || !(thrown instanceof AppError && thrown.retryable)) throw thrown;
        options.lost(thrown.message);
        await systemClock.sleep(retryMs, { signal: options.signal });
      }
    }
  }

  yield await read(filter);
  const lost = ({ message }: Error) => options.lost(message);
  for await (const batch of client.changes({ signal: options.signal, lost })) {
    const changed: WatchedItem<T>[] = [];
    for (const part of changedParts(resource, filter, batch)) changed.push(...(await readPatiently(part)));
    if (changed.length > 0) yield changed;
  }
}
