import { type JsonObject, numberAt, textAt } from "../json.ts";
import { builtInKind } from "../kinds.ts";
import type { ObjectKey } from "../store.ts";
import { type ControllerContext, isGoing, nodeKind, podKind } from "./context.ts";
import { isReady, podFrom, templateHash } from "./pod-template.ts";

const daemonSetKind = builtInKind("apps/v1", "DaemonSet");
const hashLabel = "controller-revision-hash";

/** One pod per node; outdated ones are replaced unless the strategy is OnDelete. */
export function reconcileDaemonSet(context: ControllerContext, key: ObjectKey): void {
  const set = context.get(key);
  if (set === undefined || isGoing(set)) return;
  const hash = templateHash(set);
  const isCurrent = (labels: unknown) => textAt(labels as JsonObject, "metadata", "labels", hashLabel) === hash;
  const pods = context.owned(set, podKind).filter((pod) => !isGoing(pod));
  const nodes = context.store.list(nodeKind.key).length;
  if (textAt(set, "spec", "updateStrategy", "type") !== "OnDelete") {
    for (const pod of pods) if (!isCurrent(pod)) context.remove(podKind, pod);
  }
  const left = context.owned(set, podKind).filter((pod) => !isGoing(pod));
  for (let missing = nodes - left.length; missing > 0; missing--) {
    context.create(podKind, key.namespace, podFrom(set, { [hashLabel]: hash }));
  }
  const current = context.owned(set, podKind).filter((pod) => !isGoing(pod));
  const ready = current.filter(isReady).length;
  const updated = current.filter(isCurrent).length;
  const latest = context.get(key);
  if (latest === undefined) return;
  context.setStatus(daemonSetKind, latest, {
    observedGeneration: numberAt(latest, "metadata", "generation") ?? 1,
    desiredNumberScheduled: nodes,
    currentNumberScheduled: current.length,
    numberMisscheduled: 0,
    numberReady: ready,
    ...(ready === 0 ? {} : { numberAvailable: ready }),
    ...(ready === nodes ? {} : { numberUnavailable: nodes - ready }),
    ...(updated === 0 ? {} : { updatedNumberScheduled: updated }),
  });
}
