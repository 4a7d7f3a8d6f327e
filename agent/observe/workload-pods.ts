import type { ObjectRef } from "../../common/domain/index.ts";
import type { KubeClient, LiveObject } from "../ports.ts";
import { isWorkload, podSelector, troubledPods } from "./health/index.ts";

/** Enough to meet one that fails; a DaemonSet may have thousands. */
const limit = 100;

/** The pods of a workload that do not run. One request; none for what is no workload. */
export async function listTroubledPods(
  kube: KubeClient,
  ref: ObjectRef,
  live: LiveObject,
  signal: AbortSignal,
): Promise<readonly LiveObject[]> {
  const labelSelector = isWorkload(ref) ? podSelector(live) : undefined;
  if (labelSelector === undefined) return [];
  const kind = await kube.kindOf("v1", "Pod", { signal });
  const { namespace } = ref;
  return troubledPods(await kube.list(kind, { namespace, labelSelector, metadataOnly: false, limit, signal }));
}
