import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "../controlplane/index.ts";
import type { ClusterHandle } from "./kube-cluster.ts";

/** A real control plane of its own, as contract suites see clusters. */
export async function realCluster(options: ControlPlaneOptions = {}): Promise<ClusterHandle> {
  return clusterOf(await startControlPlane(options));
}

export function clusterOf(plane: ControlPlane): ClusterHandle {
  return {
    kubeconfig: plane.kubeconfig,
    async raw(method, path, body, contentType) {
      const { status, text } = await plane.request({
        method,
        path,
        ...(body === undefined ? {} : { body }),
        ...(contentType === undefined ? {} : { contentType }),
      });
      // "404 page not found", where no such kind is served.
      return { status, body: text.startsWith("{") ? JSON.parse(text) : text };
    },
    // A new API server knows the history only from its start on.
    compact: () => plane.restart(),
    stop: () => plane.stop(),
  };
}
