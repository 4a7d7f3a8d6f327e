import { type JsonObject, type KubeObject, scalarText } from "../json.ts";
import type { Kind } from "../kinds.ts";
import { type IncludeObject, tableOf } from "../tables/table.ts";

/** How the client wants objects: whole, as metadata only, or as rows of a table. */
export type Representation = "object" | "metadata" | "table";

export function representationOf(accept: string | undefined): Representation {
  const first = (accept ?? "").split(",")[0] ?? "";
  if (first.includes("as=Table")) return "table";
  return first.includes("as=PartialObjectMetadata") ? "metadata" : "object";
}

export interface ViewOptions {
  readonly as: Representation;
  readonly include: IncludeObject;
  readonly now: number;
}

function metadataOnly({ metadata }: KubeObject): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}

/** One object as the client wants it, in the kind's version. */
export function viewOf(kind: Kind, object: KubeObject, options: ViewOptions): JsonObject {
  if (options.as === "metadata") return metadataOnly(object);
  const versioned = inVersion(kind, object);
  if (options.as === "object") return versioned;
  return tableOf(kind, [versioned], { resourceVersion: scalarText(object.metadata["resourceVersion"]) }, options);
}

export function listViewOf(
  kind: Kind,
  objects: readonly KubeObject[],
  metadata: JsonObject,
  options: ViewOptions,
): JsonObject {
  if (options.as === "table")
    return tableOf(
      kind,
      objects.map((object) => inVersion(kind, object)),
      metadata,
      options,
    );
  if (options.as === "metadata") {
    return {
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      metadata,
      items: objects.map(metadataOnly),
    };
  }
  return {
    kind: kind.listKind,
    apiVersion: kind.apiVersion,
    metadata,
    items: objects.map((object) => inVersion(kind, object)),
  };
}

function inVersion(kind: Kind, object: KubeObject): KubeObject {
  return object.apiVersion === kind.apiVersion ? object : { ...object, apiVersion: kind.apiVersion };
}
