import type { WriteOptions } from "./admission/write-options.ts";
import { methodNotAllowed } from "./api-error.ts";
import {
  at,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  numberAt,
  objectAt,
  scalarText,
  textAt,
  withAt,
  without,
} from "./json.ts";
import type { Kind, ScalePaths } from "./kinds.ts";
import type { Objects, PatchType, Written } from "./objects.ts";
import { jsonPatch } from "./patch/json-patch.ts";
import { mergePatch } from "./patch/merge-patch.ts";

/** An object's replicas as the Scale subresource shows them. */
export function scaleOf(kind: Kind, object: KubeObject): KubeObject {
  const paths = scalePaths(kind);
  const { name } = object.metadata;
  return {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: {
      name,
      namespace: textAt(object, "metadata", "namespace") ?? "",
      uid: textAt(object, "metadata", "uid") ?? "",
      resourceVersion: textAt(object, "metadata", "resourceVersion") ?? "",
      creationTimestamp: textAt(object, "metadata", "creationTimestamp") ?? "",
    },
    spec: { replicas: numberAt(object, ...paths.specReplicas) ?? 0 },
    status: { replicas: numberAt(object, ...paths.statusReplicas) ?? 0, ...selectorText(paths, object) },
  };
}

function scalePaths(kind: Kind): ScalePaths {
  if (kind.scale === undefined) throw methodNotAllowed();
  return kind.scale;
}

function selectorText({ selector }: ScalePaths, object: KubeObject): JsonObject {
  const found = selector === undefined ? undefined : at(object, ...selector);
  if (typeof found === "string") return { selector: found };
  const labels = objectAt(found, "matchLabels");
  const listed = Object.entries(labels).map(([key, value]) => `${key}=${scalarText(value)}`);
  return listed.length === 0 ? {} : { selector: listed.join(",") };
}

/** Writes through the Scale subresource: a whole Scale, or a patch of one. */
export function writeScale(
  objects: Objects,
  kind: Kind,
  target: { readonly namespace: string; readonly name: string },
  body: Json,
  type: PatchType | "update",
  options: WriteOptions,
): Written {
  const live = objects.get(kind, target.namespace, target.name);
  const before = scaleOf(kind, live);
  const after = type === "update" ? body : type === "json" ? jsonPatch(before, body) : mergePatch(before, body);
  const replicas = numberAt(after, "spec", "replicas") ?? 0;
  const expected = isObject(after) ? textAt(after, "metadata", "resourceVersion") : undefined;
  const next = withAt(live, scalePaths(kind).specReplicas, replicas);
  const metadata =
    expected === undefined
      ? without(next.metadata, "resourceVersion")
      : { ...next.metadata, resourceVersion: expected };
  const written = objects.update(
    kind,
    target.namespace,
    target.name,
    { ...next, metadata: kind.custom === undefined ? metadata : next.metadata },
    { ...options, subresource: "scale" },
  );
  return { ...written, object: scaleOf(kind, written.object) };
}
