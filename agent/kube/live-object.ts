import type { KindInfo, LiveObject } from "../ports.ts";

/**
 * The object under its own kind: items of a list have none, and metadata-only objects call themselves
 * PartialObjectMetadata.
 */
export function asKind(kind: KindInfo, object: LiveObject): LiveObject {
  return { ...object, apiVersion: kind.apiVersion, kind: kind.kind };
}
