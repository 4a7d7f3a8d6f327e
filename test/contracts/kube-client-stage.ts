import type { KubeClient } from "../../agent/ports.ts";
import type { ClusterHandle } from "./kube-cluster.ts";

/** What each part of the suite sees: one cluster and one client for the whole file. */
export interface KubeClientStage {
  readonly cluster: ClusterHandle;
  readonly client: KubeClient;
  /** Another client of the same cluster, e.g. through a proxy. The caller closes it. */
  readonly connect: (kubeconfig: string) => Promise<KubeClient>;
}
