import { expect } from "vitest";
import type { KindInfo, KubeClient } from "../../agent/ports.ts";
import type { AppError } from "../../common/errors.ts";
import type { ClusterHandle } from "./kube-cluster.ts";

/** What each part of the suite sees: one cluster and one client for the whole file. */
export interface KubeClientStage {
  readonly cluster: ClusterHandle;
  readonly client: KubeClient;
  /** Another client of the same cluster, e.g. through a proxy. The caller closes it. */
  readonly connect: (kubeconfig: string) => Promise<KubeClient>;
}

export const asDrover = { fieldManager: "drover", force: false } as const;
export const configMaps: KindInfo = { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
export const clusterRoles: KindInfo = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  namespaced: false,
};

/** The AppError's part that callers branch on. */
export async function failureOf(work: Promise<unknown>): Promise<AppError> {
  try {
    await work;
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: "AppError" });
    return thrown as AppError;
  }
  throw new Error("It did not fail");
}

export function countsSince(client: KubeClient): () => Record<string, number> {
  const before = client.requests();
  return () => {
    const grown = Object.entries(client.requests()).map(
      ([verb, count]) => [verb, count - (before[verb] ?? 0)] as const,
    );
    return Object.fromEntries(grown.filter(([, count]) => count > 0));
  };
}
