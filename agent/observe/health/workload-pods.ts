import { groupOf, type ObjectRef } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { conditionOf, fieldsOf, listOf, specOf, textOf, timeOf } from "./fields.ts";
import { type PodTrouble, podTrouble } from "./pod.ts";
import { specWrittenAt } from "./written.ts";

/** Pods of a new revision need this long to show up beside those of the old one. */
const revisionGraceMs = 60_000;
/** More would not be read. */
const keptPods = 10;

const workloads: ReadonlySet<string> = new Set(["apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "batch/Job"]);

export function isWorkload({ group, kind }: Pick<ObjectRef, "group" | "kind">): boolean {
  return workloads.has(`${group}/${kind}`);
}

/** Selects the pods of a workload, in the form of a request; undefined when it selects none. */
export function podSelector(live: LiveObject): string | undefined {
  const { matchLabels, matchExpressions } = fieldsOf(specOf(live)["selector"]);
  const equal = Object.entries(fieldsOf(matchLabels)).map(([key, value]) => `${key}=${textOf(value)}`);
  const others = listOf(matchExpressions).map(({ key, operator, values }) => {
    const list = Array.isArray(values) ? values.join(",") : "";
    if (operator === "In") return `${textOf(key)} in (${list})`;
    if (operator === "NotIn") return `${textOf(key)} notin (${list})`;
    return `${operator === "DoesNotExist" ? "!" : ""}${textOf(key)}`;
  });
  const all = [...equal, ...others];
  return all.length === 0 ? undefined : all.join(",");
}

/** Those of the newest revision that are not ready, with only what says why: what an old revision suffers from is over. */
export function troubledPods(pods: readonly LiveObject[]): readonly LiveObject[] {
  const staying = pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .sort((a, b) => createdAt(b) - createdAt(a));
  // Times are whole seconds: pods of two revisions may share the newest.
  const newest = staying.filter((pod) => createdAt(pod) === createdAt(staying[0])).map(revisionOf);
  return staying
    .filter((pod) => newest.includes(revisionOf(pod)) && conditionOf(pod, "Ready")?.status !== "True")
    .slice(0, keptPods)
    .map(({ apiVersion, kind, metadata, status }) => {
      const { name, namespace, uid, resourceVersion } = metadata;
      const created = metadata["creationTimestamp"];
      return {
        apiVersion,
        kind,
        metadata: {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          uid,
          resourceVersion,
          creationTimestamp: created,
        },
        status,
      };
    });
}

/** What keeps the pods of a workload from running; stuck only once it is about what the workload is to be now. */
export function workloadTrouble(live: LiveObject, now: number, pods: readonly LiveObject[]): PodTrouble | undefined {
  const troubles = pods.map((pod) => podTrouble(pod, now)).filter((trouble) => trouble !== undefined);
  const trouble = troubles.find(({ isStuck }) => isStuck) ?? troubles[0];
  if (trouble === undefined) return undefined;
  const isSettled = now - (specWrittenAt(live) ?? now) > revisionGraceMs;
  // A Job itself counts how often its pods may crash.
  const isJobsOwn = trouble.isCrash && live.kind === "Job" && groupOf(live.apiVersion) === "batch";
  return { ...trouble, isStuck: trouble.isStuck && isSettled && !isJobsOwn };
}

function revisionOf(pod: LiveObject): string {
  const { labels } = pod.metadata;
  return labels?.["pod-template-hash"] ?? labels?.["controller-revision-hash"] ?? "";
}

function createdAt(pod: LiveObject | undefined): number {
  return timeOf(pod?.metadata["creationTimestamp"]) ?? 0;
}
