import { createSimulatedClusters } from "../simulated-cluster/index.ts";
import { describeKubeClient } from "./kube-client.ts";
import type { ClusterHandle } from "./kube-cluster.ts";

async function makeCluster(): Promise<ClusterHandle> {
  const clusters = await createSimulatedClusters();
  const { kubeconfig, server, token, inside } = await clusters.add("test");
  return {
    kubeconfig,
    async raw(method, path, body, contentType = "application/json") {
      const response = await fetch(`${server}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": contentType },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: JSON.parse(await response.text()) };
    },
    async compact() {
      inside.store.compact();
      inside.watches.cutAll();
    },
    stop: () => clusters.close(),
  };
}

describeKubeClient("a simulated cluster", makeCluster);
