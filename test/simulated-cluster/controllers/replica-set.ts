import { type JsonObject, numberAt, textAt } from "../json.ts";
import type { ObjectKey } from "../store.ts";
import { type ControllerContext, isGoing, podKind, replicaSetKind } from "./context.ts";
import { isReady, podFrom, replicasOf } from "./pod-template.ts";

/** Keeps as many pods as wanted; unready ones go first. */
export function reconcileReplicaSet(context: ControllerContext, key: ObjectKey): void {
  const set = context.get(key);
  if (set === undefined || isGoing(set)) return;
  const pods = context.owned(set, podKind).filter((pod) => !isGoing(pod));
  const wanted = replicasOf(set);
  for (let missing = wanted - pods.length; missing > 0; missing--) {
    context.create(podKind, key.namespace, podFrom(set, {}));
  }
  const surplus = pods
    .toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)))
    .slice(0, Math.max(0, pods.length - wanted));
  for (const pod of surplus) context.remove(podKind, pod);

  const current = context.owned(set, podKind).filter((pod) => !isGoing(pod));
  const ready = current.filter(isReady).length;
  const status: JsonObject = {
    replicas: current.length,
    ...(current.length === 0 ? {} : { fullyLabeledReplicas: current.length }),
    ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
    observedGeneration: numberAt(set, "metadata", "generation") ?? 1,
  };
  const latest = context.get(key);
  if (latest !== undefined && textAt(latest, "metadata", "uid") === textAt(set, "metadata", "uid")) {
    context.setStatus(replicaSetKind, latest, status);
  }
}
