import { startControlPlane } from "../controlplane/index.ts";
import type { ClusterHandle } from "./kube-cluster.ts";
import { describeReconciler } from "./reconciler.ts";

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
    stop: () => plane.stop(),
  };
}

describeReconciler("a real control plane", makeCluster);
