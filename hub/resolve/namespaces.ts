import { groupOf, type Manifest } from "../../common/domain/index.ts";
import type { RenderedObject } from "../ports.ts";

/** Built-in kinds that live outside of namespaces, as "group/kind". */
const clusterScoped = new Set([
  "/ComponentStatus",
  "/Namespace",
  "/Node",
  "/PersistentVolume",
  "admissionregistration.k8s.io/MutatingAdmissionPolicy",
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "apiregistration.k8s.io/APIService",
  "authentication.k8s.io/SelfSubjectReview",
  "authentication.k8s.io/TokenReview",
  "authorization.k8s.io/SelfSubjectAccessReview",
  "authorization.k8s.io/SelfSubjectRulesReview",
  "authorization.k8s.io/SubjectAccessReview",
  "certificates.k8s.io/CertificateSigningRequest",
  "certificates.k8s.io/ClusterTrustBundle",
  "flowcontrol.apiserver.k8s.io/FlowSchema",
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
  "internal.apiserver.k8s.io/StorageVersion",
  "networking.k8s.io/IPAddress",
  "networking.k8s.io/IngressClass",
  "networking.k8s.io/ServiceCIDR",
  "node.k8s.io/RuntimeClass",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "resource.k8s.io/DeviceClass",
  "resource.k8s.io/DeviceTaintRule",
  "resource.k8s.io/ResourceSlice",
  "scheduling.k8s.io/PriorityClass",
  "storage.k8s.io/CSIDriver",
  "storage.k8s.io/CSINode",
  "storage.k8s.io/StorageClass",
  "storage.k8s.io/VolumeAttachment",
  "storage.k8s.io/VolumeAttributesClass",
  "storagemigration.k8s.io/StorageVersionMigration",
]);

/**
 * Sets the application's namespace on objects that live in a namespace and name none. Whether a custom kind does, its
 * definition in the same application says; one defined elsewhere is taken to live in a namespace, and the agent, who can ask
 * the cluster, takes a namespace off again where the kind has none.
 */
export function withNamespace(
  objects: readonly RenderedObject[],
  namespace: string | undefined,
): readonly RenderedObject[] {
  if (namespace === undefined) return objects;
  const isOutside = isClusterScoped(objects);
  return objects.map(({ manifest, source }) => {
    const { namespace: own } = manifest.metadata;
    if ((typeof own === "string" && own !== "") || isOutside(manifest)) return { manifest, source };
    return { manifest: { ...manifest, metadata: { ...manifest.metadata, namespace } }, source };
  });
}

/** Whether an object is known to live outside of namespaces: its kind is built in, or `objects` define it. */
export function isClusterScoped(objects: readonly RenderedObject[]): (manifest: Manifest) => boolean {
  const defined = new Set(objects.flatMap(({ manifest }) => clusterScopedBy(manifest)));
  return ({ apiVersion, kind }) => {
    const known = `${groupOf(apiVersion)}/${kind}`;
    return clusterScoped.has(known) || defined.has(known);
  };
}

function clusterScopedBy(manifest: Manifest): string[] {
  if (manifest.kind !== "CustomResourceDefinition") return [];
  const spec = manifest["spec"] as { group?: unknown; scope?: unknown; names?: { kind?: unknown } } | undefined;
  return spec?.scope === "Cluster" ? [`${String(spec.group)}/${String(spec.names?.kind)}`] : [];
}
