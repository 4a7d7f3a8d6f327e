import { toAppError } from "../../common/errors.ts";
import type { Cancellable, KindInfo, LiveObject, WatchEvent } from "../ports.ts";
import { createLineSplitter } from "./lines.ts";
import { asKind } from "./live-object.ts";
import { collectionPath, withQuery } from "./paths.ts";
import { statusError } from "./status-error.ts";
import type { Transport } from "./transport.ts";

const metadataOnlyObject = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

export interface StreamSelection extends Cancellable {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly metadataOnly: boolean;
  /** Where to go on. */
  readonly resourceVersion: string;
  /** The server ends the stream after this time, so that connections spread anew over its instances. */
  readonly timeoutSeconds: number;
  /** Bookmarks come about once a minute: silence for longer is a dead connection. */
  readonly idleMs: number;
}

/** What a line of the stream says. `bookmark` is the server's word that nothing was missed so far. */
export interface StreamProgress {
  readonly resourceVersion: string;
  readonly event?: WatchEvent;
}

export interface WatchStream {
  /** Reads to the stream's end. Throws for an ERROR event as for the same answer with an HTTP status. */
  follow(onProgress: (progress: StreamProgress) => void): Promise<void>;
}

interface Line {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: LiveObject & { readonly code?: number };
}

/** Sends one watch request; resolves once the server has accepted it. */
export async function openStream(
  transport: Transport,
  kind: KindInfo,
  selection: StreamSelection,
): Promise<WatchStream> {
  const {
    namespace = "",
    labelSelector,
    fieldSelector,
    metadataOnly,
    resourceVersion,
    timeoutSeconds,
    idleMs,
    signal,
  } = selection;
  const doing = `watch ${kind.plural}`;
  const path = withQuery(collectionPath(kind, namespace), {
    watch: true,
    allowWatchBookmarks: true,
    labelSelector,
    fieldSelector,
    resourceVersion,
    timeoutSeconds,
  });
  const accept = metadataOnly ? metadataOnlyObject : "application/json";
  const body = await transport.open({ verb: "watch", path, accept, doing, signal }, idleMs);
  return {
    async follow(onProgress) {
      const split = createLineSplitter((line) => onProgress(progressOf(kind, doing, line)));
      for await (const chunk of body) split(chunk as Buffer);
    },
  };
}

function progressOf(kind: KindInfo, doing: string, text: string): StreamProgress {
  const { type, object } = parseLine(doing, text);
  if (type === "ERROR") throw statusError(doing, { status: object.code ?? 500, text: JSON.stringify(object) });
  const { resourceVersion } = object.metadata;
  if (type === "BOOKMARK") return { resourceVersion };
  const change = type === "DELETED" ? "deleted" : "changed";
  return { resourceVersion, event: { type: change, object: asKind(kind, object) } };
}

function parseLine(doing: string, text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch (thrown) {
    throw toAppError(thrown, `Cannot ${doing}: the server sent a broken line`);
  }
}
