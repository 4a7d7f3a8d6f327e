import type { ServerResponse } from "node:http";
import { gone } from "../api-error.ts";
import type { ClusterClock } from "../clock.ts";
import type { JsonObject, KubeObject } from "../json.ts";
import { textAt } from "../json.ts";
import type { Kind } from "../kinds.ts";
import type { Store, StoreEvent } from "../store.ts";
import type { Selection } from "./list.ts";
import { type ViewOptions, viewOf } from "./representation.ts";

const bookmarkEveryMs = 60_000;
const longestSeconds = 3600;
/** A client that does not read this much is cut off, as the real watch cache does. */
const backlogLimitBytes = 16 * 1024 * 1024;

export interface WatchRequest {
  readonly kind: Kind;
  readonly selection: Selection;
  readonly query: URLSearchParams;
  readonly view: Omit<ViewOptions, "now">;
}

/** Streams events until the client leaves, the timeout passes or the watch is cut. Returns what cuts it. */
export function serveWatch(
  { store, clock }: { store: Store; clock: ClusterClock },
  { kind, selection, query, view }: WatchRequest,
  response: ServerResponse,
): () => void {
  const from = query.get("resourceVersion") ?? "";
  const bookmarks = query.get("allowWatchBookmarks") === "true" || query.get("allowWatchBookmarks") === "1";
  const initial = query.get("sendInitialEvents") === "true";
  const backlog = initial || from === "" || from === "0" ? [] : store.since(kind.key, Number(from));
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();

  const send = (type: string, object: JsonObject) => {
    response.write(`${JSON.stringify({ type, object })}\n`);
    if (response.writableLength > backlogLimitBytes) response.destroy();
  };
  if (backlog === undefined) {
    const why = `too old resource version: ${from} (${store.oldest()})`;
    send("ERROR", gone(why).toStatus());
    response.end();
    return () => {};
  }

  const publish = (event: StoreEvent) => {
    const change = seenAs(selection, event);
    if (change !== undefined) send(change.type, viewOf(kind, change.object, { ...view, now: clock.now() }));
  };
  const bookmark = (annotations?: JsonObject) => {
    const metadata = {
      resourceVersion: String(store.revision()),
      ...(annotations === undefined ? {} : { annotations }),
    };
    const shown =
      view.as === "metadata"
        ? { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" }
        : { kind: kind.kind, apiVersion: kind.apiVersion };
    send("BOOKMARK", { ...shown, metadata });
  };

  if (initial || from === "" || from === "0") {
    for (const object of store.list(kind.key, selection.namespace)) {
      if (selection.matches(object)) send("ADDED", viewOf(kind, object, { ...view, now: clock.now() }));
    }
  }
  if (initial) bookmark({ "k8s.io/initial-events-end": "true" });
  for (const event of backlog) publish(event);

  const seconds = Math.min(Number(query.get("timeoutSeconds") ?? longestSeconds) || longestSeconds, longestSeconds);
  const unsubscribe = store.subscribe(publish, kind.key);
  let cancelBookmark = () => {};
  const scheduleBookmark = () => {
    cancelBookmark = clock.after(bookmarkEveryMs, () => {
      bookmark();
      scheduleBookmark();
    });
  };
  if (bookmarks) scheduleBookmark();
  const cancelTimeout = clock.after(seconds * 1000, () => {
    if (bookmarks) bookmark();
    response.end();
  });
  response.on("close", () => {
    unsubscribe();
    cancelBookmark();
    cancelTimeout();
  });
  return () => response.destroy();
}

/** What an event is to a watcher with a selection: leaving it is a deletion, entering it an addition. */
function seenAs(
  { namespace, matches }: Selection,
  { object, previous }: StoreEvent,
): { type: "ADDED" | "MODIFIED" | "DELETED"; object: KubeObject } | undefined {
  const any = object ?? previous;
  if (any === undefined || (namespace !== undefined && textAt(any, "metadata", "namespace") !== namespace))
    return undefined;
  const before = previous !== undefined && matches(previous);
  const after = object !== undefined && matches(object);
  if (object !== undefined && after) return { type: before ? "MODIFIED" : "ADDED", object };
  if (!before) return undefined;
  // A selected object that changed away is reported in its last selected state, at the event's resourceVersion.
  const version = object?.metadata["resourceVersion"] ?? previous.metadata["resourceVersion"] ?? "";
  return { type: "DELETED", object: { ...previous, metadata: { ...previous.metadata, resourceVersion: version } } };
}
