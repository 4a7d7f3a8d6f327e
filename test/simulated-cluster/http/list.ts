import { badRequest, gone } from "../api-error.ts";
import { type JsonObject, type KubeObject, textAt } from "../json.ts";
import type { Kind } from "../kinds.ts";
import { fieldSelector, labelSelector, type Selector } from "../selectors.ts";
import type { Store } from "../store.ts";

export interface Selection {
  readonly namespace: string | undefined;
  readonly matches: Selector;
}

export function selectionOf(
  kind: Kind,
  namespace: string,
  name: string | undefined,
  query: URLSearchParams,
): Selection {
  const byLabel = labelSelector(query.get("labelSelector"));
  const byField = fieldSelector(kind, query.get("fieldSelector"));
  return {
    namespace: kind.namespaced && namespace !== "" ? namespace : undefined,
    matches: (object) => (name === undefined || object.metadata.name === name) && byLabel(object) && byField(object),
  };
}

/** Where a next page starts. */
interface Continue {
  readonly revision: number;
  readonly after: string;
}

const placeOf = (object: KubeObject) => `${textAt(object, "metadata", "namespace") ?? ""}/${object.metadata.name}`;

/**
 * One page. A continued list keeps the resourceVersion of its first page, so a watch from there replays what changed
 * between pages.
 */
export function listPage(
  store: Store,
  kind: Kind,
  selection: Selection,
  query: URLSearchParams,
): { objects: readonly KubeObject[]; metadata: JsonObject } {
  const limit = Number(query.get("limit") ?? 0);
  const token = query.get("continue");
  const start = token === null || token === "" ? undefined : decodeToken(token);
  if (start !== undefined && start.revision < store.oldest()) {
    throw gone(
      "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
    );
  }
  const revision = start?.revision ?? store.revision();
  const all = store.list(kind.key, selection.namespace).filter(selection.matches);
  const rest = start === undefined ? all : all.filter((object) => placeOf(object) > start.after);
  const last = limit > 0 && rest.length > limit ? rest[limit - 1] : undefined;
  if (last === undefined) return { objects: rest, metadata: { resourceVersion: String(revision) } };
  const next = Buffer.from(JSON.stringify({ revision, after: placeOf(last) })).toString("base64url");
  const selective = query.get("labelSelector") || query.get("fieldSelector");
  return {
    objects: rest.slice(0, limit),
    metadata: {
      resourceVersion: String(revision),
      continue: next,
      ...(selective ? {} : { remainingItemCount: rest.length - limit }),
    },
  };
}

function decodeToken(token: string): Continue {
  try {
    return JSON.parse(Buffer.from(token, "base64url").toString()) as Continue;
  } catch {
    throw badRequest("continue key is not valid: illegal base64 data");
  }
}
