import type { KubeClient } from "../ports.ts";

/** Whether pods of a Job, by its uid, still run or are to run. */
export function createHasPods(kube: Pick<KubeClient, "kindOf" | "list">, signal: AbortSignal) {
  return async (namespace: string, jobUid: string): Promise<boolean> => {
    const labelSelector = `batch.kubernetes.io/controller-uid=${jobUid}`;
    const fieldSelector = "status.phase!=Succeeded,status.phase!=Failed";
    const pods = await kube.kindOf("v1", "Pod", { signal });
    const options = { namespace, labelSelector, fieldSelector, metadataOnly: true, limit: 1, signal };
    return (await kube.list(pods, options)).length > 0;
  };
}
