import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { assessApiService } from "./api-service.ts";
import { assessCronJob } from "./cron-job.ts";
import { assessCustomResourceDefinition } from "./custom-resource-definition.ts";
import { assessDaemonSet } from "./daemon-set.ts";
import { assessDeployment } from "./deployment.ts";
import { assessHorizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
import { assessJob } from "./job.ts";
import { assessPersistentVolumeClaim } from "./persistent-volume-claim.ts";
import { assessPod } from "./pod.ts";
import { assessReplicaSet } from "./replica-set.ts";
import { assessService } from "./service.ts";
import { assessStatefulSet } from "./stateful-set.ts";

export type Assessor = (live: LiveObject, now: number) => Health;

/** By "group/kind". A kind that is not here follows the general rules. */
export const assessors: ReadonlyMap<string, Assessor> = new Map<string, Assessor>([
  ["apps/Deployment", assessDeployment],
  ["apps/StatefulSet", assessStatefulSet],
  ["apps/DaemonSet", assessDaemonSet],
  ["apps/ReplicaSet", assessReplicaSet],
  ["/ReplicationController", assessReplicaSet],
  ["/Pod", assessPod],
  ["batch/Job", assessJob],
  ["batch/CronJob", assessCronJob],
  ["/Service", assessService],
  ["/PersistentVolumeClaim", assessPersistentVolumeClaim],
  ["apiextensions.k8s.io/CustomResourceDefinition", assessCustomResourceDefinition],
  ["autoscaling/HorizontalPodAutoscaler", assessHorizontalPodAutoscaler],
  ["apiregistration.k8s.io/APIService", assessApiService],
]);

/**
 * Built-in kinds whose health is that they exist: watching their metadata is enough. Ingress is one of them on purpose, because
 * many of its controllers never write an address.
 */
export const statusless: ReadonlySet<string> = new Set([
  "/ConfigMap",
  "/Endpoints",
  "/LimitRange",
  "/Namespace",
  "/ResourceQuota",
  "/Secret",
  "/ServiceAccount",
  "admissionregistration.k8s.io/MutatingAdmissionPolicy",
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  "discovery.k8s.io/EndpointSlice",
  "networking.k8s.io/Ingress",
  "networking.k8s.io/IngressClass",
  "networking.k8s.io/NetworkPolicy",
  "node.k8s.io/RuntimeClass",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/RoleBinding",
  "scheduling.k8s.io/PriorityClass",
  "storage.k8s.io/CSIDriver",
  "storage.k8s.io/StorageClass",
  "storage.k8s.io/VolumeAttributesClass",
]);
