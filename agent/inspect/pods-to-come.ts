import type { KubeClient } from "../ports.ts";
import type { OwnedObject } from "../reconcile/index.ts";

/** Kinds whose controllers make pods whenever they see fit. */
const makers = new Set([
  "/ReplicationController",
  "apps/DaemonSet",
  "apps/Deployment",
  "apps/ReplicaSet",
  "apps/StatefulSet",
  "batch/CronJob",
]);

/** Whether pods of an object may still come: a Job that is done makes none, what other controllers do nobody knows. */
export async function mayHavePods(
  kube: Pick<KubeClient, "kindOf" | "get">,
  { ref, apiVersion }: OwnedObject,
  signal: AbortSignal,
): Promise<boolean> {
  const name = `${ref.group}/${ref.kind}`;
  if (makers.has(name) || isCustom(ref.group)) return true;
  if (name !== "batch/Job" && name !== "/Pod") return false;
  const kind = await kube.kindOf(apiVersion, ref.kind, { signal });
  const live = await kube.get(kind, ref.namespace, ref.name, { signal });
  const { conditions = [] } = (live?.["status"] ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  const isDone = conditions.some(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");
  return live !== undefined && !isDone;
}

/** "argoproj.io": not one of Kubernetes itself. */
function isCustom(group: string): boolean {
  return group.includes(".") && !group.endsWith(".k8s.io");
}
