import { createHash } from "node:crypto";
import { randomSuffix } from "../admission/body.ts";
import { at, type JsonObject, type KubeObject, listAt, numberAt, objectAt, textAt } from "../json.ts";
import { conditionOf, controllerRef } from "./context.ts";

/** Short name of a pod template's content. */
export function templateHash(owner: KubeObject): string {
  const template = JSON.stringify(sorted(objectAt(owner, "spec", "template")));
  return createHash("sha256").update(template).digest("hex").slice(0, 10);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, child]): [string, unknown] => [key, sorted(child)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A pod made from its owner's template. */
export function podFrom(
  owner: KubeObject,
  labels: JsonObject,
  name = `${owner.metadata.name}-${randomSuffix()}`,
): JsonObject {
  const template = objectAt(owner, "spec", "template");
  const annotations = at(template, "metadata", "annotations");
  return {
    metadata: {
      name,
      labels: { ...objectAt(template, "metadata", "labels"), ...labels },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerRef(owner)],
    },
    spec: objectAt(template, "spec"),
  };
}

export function isReady(pod: KubeObject): boolean {
  return textAt(conditionOf(pod, "Ready"), "status") === "True";
}

export function phaseOf(pod: KubeObject): string {
  return textAt(pod, "status", "phase") ?? "Pending";
}

export function replicasOf(object: KubeObject): number {
  return numberAt(object, "spec", "replicas") ?? 1;
}

/** Images whose name says so cannot be pulled. */
export function brokenImage(pod: KubeObject): string | undefined {
  const images = [...listAt(pod, "spec", "initContainers"), ...listAt(pod, "spec", "containers")].map(
    (container) => textAt(container, "image") ?? "",
  );
  return images.find((image) => image.endsWith(":broken") || image.includes("does-not-exist"));
}

/** Images whose name says so start and exit with an error. */
export function failingImage(pod: KubeObject): boolean {
  return listAt(pod, "spec", "containers").some((container) => (textAt(container, "image") ?? "").endsWith(":fails"));
}
