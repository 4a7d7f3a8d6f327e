import { createSimulatedClusters } from "../simulated-cluster/index.ts";
import type { ClusterHandle } from "./kube-cluster.ts";

/** A simulated cluster that establishes definitions, as a real API server does by itself. */
export async function establishingCluster(): Promise<ClusterHandle> {
  const clusters = await createSimulatedClusters({ controllers: false });
  const { kubeconfig, server, token, inside } = await clusters.add("test");
  const raw: ClusterHandle["raw"] = async (method, path, body, contentType = "application/json") => {
    const headers = { authorization: `Bearer ${token}`, "content-type": contentType };
    const sent = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${server}${path}`, sent);
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const established = new Set<string>();
  // No controller runs, as in the real control plane of this suite; there, the API server itself establishes definitions.
  inside.store.subscribe(({ object }) => {
    if (object?.kind !== "CustomResourceDefinition" || established.has(object.metadata.name)) return;
    established.add(object.metadata.name);
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${object.metadata.name}/status`;
    const conditions = ["NamesAccepted", "Established"].map((type) => ({
      type,
      status: "True",
      reason: "NoConflicts",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    }));
    void raw("PATCH", path, { status: { conditions } }, "application/merge-patch+json");
  });
  return { kubeconfig, raw, stop: () => clusters.close() };
}
