import { createSimulatedClusters } from "../simulated-cluster/index.ts";
import type { ClusterHandle } from "./kube-cluster.ts";

/** A simulated cluster of its own, without controllers, as contract suites see clusters. */
export async function simulatedCluster(): Promise<ClusterHandle> {
  const clusters = await createSimulatedClusters({ controllers: false });
  const { kubeconfig, server, token } = await clusters.add("test");
  return {
    kubeconfig,
    async raw(method, path, body, contentType = "application/json") {
      const headers = { authorization: `Bearer ${token}`, "content-type": contentType };
      const sent = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      const response = await fetch(`${server}${path}`, sent);
      return { status: response.status, body: JSON.parse(await response.text()) };
    },
    stop: () => clusters.close(),
  };
}
