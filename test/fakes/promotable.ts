import {
  type ClusterView,
  defaultPromotion,
  type Environment,
  type HealthState,
  type PromotionPolicy,
} from "../../common/domain/index.ts";

/** An environment that changes come into from "dev", by this policy; without one: where they begin. */
export function environmentOf(name: string, branch: string, policy?: Partial<PromotionPolicy>): Environment {
  return {
    ...{ name, branch, from: policy === undefined ? [] : ["dev"], values: {}, rollout: undefined },
    clusters: { matchLabels: {}, matchExpressions: [] },
    promotion: policy === undefined ? undefined : { ...defaultPromotion, ...policy },
    guards: { maxDeletes: undefined, allowEmpty: false },
  };
}

/** The one cluster of an environment, which runs what it was told. */
export function clusterViewOf(
  environment: string,
  revision = "",
  { health = "Healthy", message = "" }: { readonly health?: HealthState; readonly message?: string } = {},
): ClusterView {
  const counts = { generation: 1, drifted: 0, message, suspended: null };
  return {
    ...{ name: environment, labels: {}, connected: true, lastSeen: null, agentVersion: "", kubernetesVersion: "" },
    identity: "active",
    environments: [{ name: environment, revision, sync: "Synced", health, ...counts }],
  };
}
