import { startControlPlane } from "../controlplane/index.ts";
import { describeKubeClient } from "./kube-client.ts";
import type { ClusterHandle } from "./kube-cluster.ts";

async function makeCluster(): Promise<ClusterHandle> {
  const plane = await startControlPlane();
  return {
    kubeconfig: plane.kubeconfig,
    async raw(method, path, body, contentType) {
      const { status, text } = await plane.request({
        method,
        path,
        ...(body === undefined ? {} : { body }),
        ...(contentType === undefined ? {} : { contentType }),
      });
      return { status, body: JSON.parse(text) };
    },
    // A new API server knows the history only from its start on.
    compact: () => plane.restart(),
    stop: () => plane.stop(),
  };
}

describeKubeClient("a real control plane", makeCluster);
