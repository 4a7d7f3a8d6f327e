import { type Cause, forbiddenValue, invalidValue } from "../api-error.ts";
import { at, equal, type KubeObject, objectAt, textAt } from "../json.ts";
import type { Kind } from "../kinds.ts";

type Immutable = readonly (readonly [path: string, why?: string])[];

/** Fields that an update may not change once they are set. */
const immutable: Readonly<Record<string, Immutable>> = {
  "/secrets": [["type"]],
  "apps/deployments": [["spec.selector"]],
  "apps/replicasets": [["spec.selector"]],
  "apps/daemonsets": [["spec.selector"]],
  "batch/jobs": [["spec.selector"], ["spec.template"], ["spec.completionMode"], ["spec.podFailurePolicy"]],
  "storage.k8s.io/storageclasses": [["provisioner"], ["reclaimPolicy"], ["volumeBindingMode"]],
  "scheduling.k8s.io/priorityclasses": [["value"]],
  "rbac.authorization.k8s.io/rolebindings": [["roleRef", "cannot change roleRef"]],
  "rbac.authorization.k8s.io/clusterrolebindings": [["roleRef", "cannot change roleRef"]],
  "apiextensions.k8s.io/customresourcedefinitions": [
    ["spec.group"],
    ["spec.scope"],
    ["spec.names.kind"],
    ["spec.names.plural"],
  ],
};

const mutableStatefulSetFields = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

/** What the API server refuses in a change. */
export function validateUpdate(kind: Kind, live: KubeObject, next: KubeObject): Cause[] {
  const causes = (immutable[kind.key] ?? []).flatMap(([field, why = "field is immutable"]): Cause[] => {
    const [before, after] = [live, next].map((object) => at(object, ...field.split(".")));
    return equal(before, after) ? [] : [invalidValue(field, after, why)];
  });
  return [...causes, ...frozenData(kind, live, next), ...specialUpdates(kind, live, next)];
}

function frozenData(kind: Kind, live: KubeObject, next: KubeObject): Cause[] {
  if (!["/configmaps", "/secrets"].includes(kind.key) || live["immutable"] !== true) return [];
  const why = "field is immutable when `immutable` is set";
  return ["data", "binaryData", "immutable"].flatMap((field) =>
    equal(live[field], next[field]) ? [] : [forbiddenValue(field, why)],
  );
}

function specialUpdates(kind: Kind, live: KubeObject, next: KubeObject): Cause[] {
  if (kind.key === "apps/statefulsets") {
    const rest = (object: KubeObject) =>
      Object.fromEntries(
        Object.entries(objectAt(object, "spec")).filter(([field]) => !mutableStatefulSetFields.includes(field)),
      );
    if (equal(rest(live), rest(next))) return [];
    const listed = mutableStatefulSetFields.map((field) => `'${field}'`);
    const why = `updates to statefulset spec for fields other than ${listed.slice(0, -1).join(", ")} and ${listed.at(-1)} are forbidden`;
    return [forbiddenValue("spec", why)];
  }
  if (kind.key === "/services") {
    const [before, after] = [live, next].map((object) => textAt(object, "spec", "clusterIP"));
    const stays = textAt(live, "spec", "type") !== "ExternalName" && textAt(next, "spec", "type") !== "ExternalName";
    const why = before !== undefined && after === "" ? "primary clusterIP can not be unset" : "may not change once set";
    if (!stays || before === undefined || before === after) return [];
    return [invalidValue("spec.clusterIPs[0]", after === undefined ? null : [after], why)];
  }
  if (kind.key === "/persistentvolumeclaims") {
    const rest = (object: KubeObject) => ({ ...objectAt(object, "spec"), resources: {}, volumeName: "" });
    const why =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    return equal(rest(live), rest(next)) ? [] : [forbiddenValue("spec", why)];
  }
  if (kind.key === "storage.k8s.io/storageclasses" && !equal(live["parameters"], next["parameters"])) {
    return [forbiddenValue("parameters", "updates to parameters are forbidden.")];
  }
  return [];
}
