import type { ObjectRef } from "../../common/domain/index.ts";

/**
 * Order in which objects are written; deletes go backwards.
 * 1. what others need in order to exist: definitions, namespaces, cluster roles, classes
 * 2. access and quotas
 * 3. configuration before what reads it, services before what serves them
 * 4. workloads, then everything unknown
 * 5. webhooks, which can refuse all of the above
 */
const order: readonly string[] = [
  "CustomResourceDefinition",
  "Namespace",
  "ClusterRole",
  "ClusterClass",
  "RuntimeClass",
  "PriorityClass",
  "StorageClass",
  "VolumeSnapshotClass",
  "IngressClass",
  "GatewayClass",
  "ClusterRoleBinding",
  "ResourceQuota",
  "ServiceAccount",
  "Role",
  "RoleBinding",
  "ConfigMap",
  "Secret",
  "Service",
  "LimitRange",
  "Deployment",
  "StatefulSet",
  "CronJob",
  "PodDisruptionBudget",
  "*",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
];

const ranks: ReadonlyMap<string, number> = new Map(order.map((kind, rank) => [kind, rank]));
const unknownRank = order.indexOf("*");

function rankOf(kind: string): number {
  return ranks.get(kind) ?? unknownRank;
}

/** Objects that compare equal may be written or deleted at the same time. */
export function compareKinds(a: ObjectRef, b: ObjectRef): number {
  return rankOf(a.kind) - rankOf(b.kind);
}

/** By rank, then group, kind, namespace and name. */
export function compareRefs(a: ObjectRef, b: ObjectRef): number {
  return (
    compareKinds(a, b) ||
    compareText(a.group, b.group) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export const stageNames = ["definitions", "classes", "rest", "webhooks"] as const;
export type StageName = (typeof stageNames)[number];

/** A stage starts when every object of the one before was tried. */
export function stageOf(kind: string): StageName {
  if (kind === "CustomResourceDefinition" || kind === "Namespace" || kind === "ClusterRole") return "definitions";
  if (kind.endsWith("Class")) return "classes";
  return kind.endsWith("WebhookConfiguration") ? "webhooks" : "rest";
}

/** Too much hangs on these: they are deleted only when somebody says so on the object itself. */
export function isProtected(ref: ObjectRef): boolean {
  if (ref.group === "") return ref.kind === "Namespace" || ref.kind === "PersistentVolumeClaim";
  return ref.group === "apiextensions.k8s.io" && ref.kind === "CustomResourceDefinition";
}
