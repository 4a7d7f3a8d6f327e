import { type Json, type JsonObject, type KubeObject, numberAt, objectAt, textAt, withAt } from "../json.ts";
import { builtInKind } from "../kinds.ts";
import type { ObjectKey } from "../store.ts";
import { type ControllerContext, condition, conditionOf, controllerRef, isGoing, replicaSetKind } from "./context.ts";
import { replicasOf, templateHash } from "./pod-template.ts";

const deploymentKind = builtInKind("apps/v1", "Deployment");
const revisionAnnotation = "deployment.kubernetes.io/revision";
const hashLabel = "pod-template-hash";

/** Rolls the newest template out: the old pods go when the new ones are ready, or first with strategy Recreate. */
export function reconcileDeployment(context: ControllerContext, key: ObjectKey): void {
  const deployment = context.get(key);
  if (deployment === undefined || isGoing(deployment)) return;
  const hash = templateHash(deployment);
  const sets = context.owned(deployment, replicaSetKind).filter((set) => !isGoing(set));
  const old = sets.filter((set) => textAt(set, "metadata", "labels", hashLabel) !== hash);
  const found = sets.find((set) => textAt(set, "metadata", "labels", hashLabel) === hash);
  const paused = objectAt(deployment, "spec")["paused"] === true;
  const wanted = replicasOf(deployment);
  const recreate = textAt(deployment, "spec", "strategy", "type") === "Recreate";
  const blocked = recreate && old.some((set) => (numberAt(set, "status", "replicas") ?? 0) > 0);
  const revision = Math.max(0, ...sets.map(revisionOf)) + 1;
  const current = found ?? (paused ? undefined : create(context, deployment, hash, blocked ? 0 : wanted, revision));
  if (found !== undefined && !blocked) scale(context, found, wanted);
  const ready =
    current !== undefined &&
    (numberAt(current, "status", "readyReplicas") ?? 0) >= wanted &&
    replicasOf(current) === wanted;
  if (!paused && (recreate || ready)) for (const set of old) scale(context, set, 0);
  if (current !== undefined && ready) forgetHistory(context, deployment, old);
  const latest = context.get(key);
  if (latest === undefined) return;
  writeStatus(context, key, current === undefined ? latest : withRevision(latest, revisionOf(current)), hash);
}

function revisionOf(set: KubeObject): number {
  return Number(textAt(set, "metadata", "annotations", revisionAnnotation) ?? 0);
}

function create(
  context: ControllerContext,
  deployment: KubeObject,
  hash: string,
  replicas: number,
  revision: number,
): KubeObject | undefined {
  const template = objectAt(deployment, "spec", "template");
  const labels = { ...objectAt(template, "metadata", "labels"), [hashLabel]: hash };
  const selector = objectAt(deployment, "spec", "selector");
  const namespace = textAt(deployment, "metadata", "namespace") ?? "";
  return context.create(replicaSetKind, namespace, {
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      labels,
      annotations: { [revisionAnnotation]: String(revision) },
      ownerReferences: [controllerRef(deployment)],
    },
    spec: {
      replicas,
      selector: { ...selector, matchLabels: { ...objectAt(selector, "matchLabels"), [hashLabel]: hash } },
      template: { ...template, metadata: { ...objectAt(template, "metadata"), labels } },
    },
  });
}

function scale(context: ControllerContext, set: KubeObject, replicas: number): void {
  if (replicasOf(set) !== replicas) context.update(replicaSetKind, withAt(set, ["spec", "replicas"], replicas));
}

function withRevision(deployment: KubeObject, revision: number): KubeObject {
  const annotations = { ...objectAt(deployment, "metadata", "annotations"), [revisionAnnotation]: String(revision) };
  return withAt(deployment, ["metadata", "annotations"], annotations);
}

function forgetHistory(context: ControllerContext, deployment: KubeObject, old: readonly KubeObject[]): void {
  const keep = numberAt(deployment, "spec", "revisionHistoryLimit") ?? 10;
  const empty = old.filter((set) => replicasOf(set) === 0).toSorted((a, b) => revisionOf(b) - revisionOf(a));
  for (const set of empty.slice(keep)) context.remove(replicaSetKind, set);
}

function writeStatus(context: ControllerContext, key: ObjectKey, deployment: KubeObject, hash: string): void {
  const sets = context.owned(deployment, replicaSetKind);
  const sum = (list: readonly KubeObject[], field: string) =>
    list.reduce((total, set) => total + (numberAt(set, "status", field) ?? 0), 0);
  const newest = sets.filter((set) => textAt(set, "metadata", "labels", hashLabel) === hash);
  const wanted = replicasOf(deployment);
  const replicas = sum(sets, "replicas");
  const updated = sum(newest, "replicas");
  const available = sum(sets, "availableReplicas");
  const unavailable = Math.max(0, Math.max(wanted, replicas) - available);
  const counts: Record<string, number> = {
    replicas,
    updatedReplicas: updated,
    readyReplicas: available,
    availableReplicas: available,
    unavailableReplicas: unavailable,
  };
  const shown = Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0));
  const complete = updated === wanted && replicas === wanted && sum(newest, "availableReplicas") === wanted;
  const time = context.time();
  const progress = progressing(context, key, deployment, {
    complete,
    counts: shown,
    time,
    set: newest[0]?.metadata.name ?? "",
  });
  const enough = available >= wanted - Math.ceil(wanted / 4);
  const availability = enough
    ? ({
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      } as const)
    : ({
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      } as const);
  const former = conditionOf(deployment, "Available");
  const updateTime = former?.["status"] === availability.status ? (former["lastUpdateTime"] ?? time) : time;
  context.setStatus(deploymentKind, deployment, {
    observedGeneration: numberAt(deployment, "metadata", "generation") ?? 1,
    ...shown,
    conditions: [{ ...condition(deployment, availability, time), lastUpdateTime: updateTime }, ...progress],
  });
}

interface Progress {
  readonly complete: boolean;
  readonly counts: JsonObject;
  readonly time: string;
  readonly set: string;
}

function progressing(
  context: ControllerContext,
  key: ObjectKey,
  deployment: KubeObject,
  { complete, counts, time, set }: Progress,
): Json[] {
  const deadlineMs = (numberAt(deployment, "spec", "progressDeadlineSeconds") ?? 600) * 1000;
  const former = conditionOf(deployment, "Progressing");
  const before = objectAt(deployment, "status");
  const observed = before["observedGeneration"] === deployment.metadata["generation"];
  const moved = ["updatedReplicas", "readyReplicas", "availableReplicas", "replicas"].some(
    (field) => (before[field] ?? 0) !== (counts[field] ?? 0),
  );
  const since = former === undefined || moved || !observed ? time : (textAt(former, "lastUpdateTime") ?? time);
  const waited = context.clock.now() - Date.parse(since);
  const named = `ReplicaSet "${set}"`;
  if (complete) return [state("True", "NewReplicaSetAvailable", `${named} has successfully progressed.`)];
  if (waited >= deadlineMs) return [state("False", "ProgressDeadlineExceeded", `${named} has timed out progressing.`)];
  context.after(deadlineMs - waited, () => context.enqueue(key));
  return [state("True", "ReplicaSetUpdated", `${named} is progressing.`)];

  function state(status: "True" | "False", reason: string, message: string): Json {
    const same = former?.["reason"] === reason && former["status"] === status;
    return {
      ...condition(deployment, { type: "Progressing", status, reason, message }, time),
      lastUpdateTime: same ? since : reason === "ProgressDeadlineExceeded" ? since : time,
    };
  }
}
