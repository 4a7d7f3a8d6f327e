import { isObject, type JsonObject, type KubeObject, listAt, numberAt, objectAt, textAt } from "../json.ts";
import { builtInKind } from "../kinds.ts";
import type { ObjectKey } from "../store.ts";
import { type ControllerContext, isGoing, podKind } from "./context.ts";
import { isReady, podFrom, replicasOf, templateHash } from "./pod-template.ts";

const statefulSetKind = builtInKind("apps/v1", "StatefulSet");
const claimKind = builtInKind("v1", "PersistentVolumeClaim");
const hashLabel = "controller-revision-hash";

/** Numbered pods: started in order, each when the one before is ready; replaced one by one from the last. */
export function reconcileStatefulSet(context: ControllerContext, key: ObjectKey): void {
  const set = context.get(key);
  if (set === undefined || isGoing(set)) return;
  const revision = `${key.name}-${templateHash(set)}`;
  const wanted = replicasOf(set);
  const pods = context.owned(set, podKind).filter((pod) => !isGoing(pod));
  const parallel = textAt(set, "spec", "podManagementPolicy") === "Parallel";
  for (let ordinal = 0; ordinal < wanted; ordinal++) {
    const pod = podOf(pods, key.name, ordinal);
    if (pod === undefined) {
      createClaims(context, set, ordinal);
      const labels = {
        "apps.kubernetes.io/pod-index": String(ordinal),
        [hashLabel]: revision,
        "statefulset.kubernetes.io/pod-name": `${key.name}-${ordinal}`,
      };
      context.create(podKind, key.namespace, withClaims(set, podFrom(set, labels, `${key.name}-${ordinal}`), ordinal));
    }
    if (!parallel && (pod === undefined || !isReady(pod))) break;
  }
  for (const pod of pods) if (ordinalOf(pod) >= wanted) context.remove(podKind, pod);
  replaceOutdated(context, set, pods, revision);

  const latest = context.get(key);
  if (latest !== undefined) context.setStatus(statefulSetKind, latest, statusOf(context, latest, revision));
}

function podOf(pods: readonly KubeObject[], name: string, ordinal: number): KubeObject | undefined {
  return pods.find((pod) => pod.metadata.name === `${name}-${ordinal}`);
}

function ordinalOf(pod: KubeObject): number {
  return Number(pod.metadata.name.split("-").at(-1));
}

function isCurrent(pod: KubeObject, revision: string): boolean {
  return textAt(pod, "metadata", "labels", hashLabel) === revision;
}

/** One at a time, the last first; a pod that never became ready does not block its own replacement. */
function replaceOutdated(
  context: ControllerContext,
  set: KubeObject,
  pods: readonly KubeObject[],
  revision: string,
): void {
  if (textAt(set, "spec", "updateStrategy", "type") === "OnDelete") return;
  const partition = numberAt(set, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  if (pods.some((pod) => isCurrent(pod, revision) && !isReady(pod))) return;
  const outdated = pods.filter(
    (pod) => !isCurrent(pod, revision) && ordinalOf(pod) >= partition && ordinalOf(pod) < replicasOf(set),
  );
  const last = outdated.toSorted((a, b) => ordinalOf(b) - ordinalOf(a))[0];
  if (last !== undefined && pods.length >= replicasOf(set)) context.remove(podKind, last);
}

function createClaims(context: ControllerContext, set: KubeObject, ordinal: number): void {
  const namespace = textAt(set, "metadata", "namespace") ?? "";
  for (const template of listAt(set, "spec", "volumeClaimTemplates")) {
    const name = `${textAt(template, "metadata", "name") ?? ""}-${set.metadata.name}-${ordinal}`;
    if (context.get({ kind: claimKind.key, namespace, name }) !== undefined) continue;
    context.create(claimKind, namespace, {
      metadata: { name, labels: objectAt(set, "spec", "selector", "matchLabels") },
      spec: objectAt(template, "spec"),
    });
  }
}

function withClaims(set: KubeObject, pod: JsonObject, ordinal: number): JsonObject {
  const claims = listAt(set, "spec", "volumeClaimTemplates").map((template) => {
    const name = textAt(template, "metadata", "name") ?? "";
    return { name, persistentVolumeClaim: { claimName: `${name}-${set.metadata.name}-${ordinal}` } };
  });
  if (claims.length === 0) return pod;
  const spec = pod["spec"];
  return { ...pod, spec: { ...(isObject(spec) ? spec : {}), volumes: [...listAt(spec, "volumes"), ...claims] } };
}

function statusOf(context: ControllerContext, set: KubeObject, revision: string): JsonObject {
  const pods = context.owned(set, podKind).filter((pod) => !isGoing(pod));
  const ready = pods.filter(isReady).length;
  const updated = pods.filter((pod) => isCurrent(pod, revision)).length;
  const done = updated === pods.length && ready === replicasOf(set);
  const former = textAt(set, "status", "currentRevision") ?? revision;
  return {
    observedGeneration: numberAt(set, "metadata", "generation") ?? 1,
    replicas: pods.length,
    availableReplicas: ready,
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(updated === 0 ? {} : { updatedReplicas: updated }),
    currentReplicas: done ? updated : pods.length - updated,
    currentRevision: done ? revision : former,
    updateRevision: revision,
    collisionCount: 0,
  };
}
