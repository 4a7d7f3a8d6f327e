import { describeKubeClient } from "../contracts/kube-client.ts";
import { realCluster } from "../contracts/real-cluster.ts";
import { describeReconciler } from "../contracts/reconciler.ts";
import { describeApply } from "../contracts/reconciler-apply.ts";
import { describeDrift } from "../contracts/reconciler-drift.ts";
import { describeHealth } from "../contracts/reconciler-health.ts";
import { describePrune } from "../contracts/reconciler-prune.ts";
import { describeTakeover } from "../contracts/reconciler-takeover.ts";

const makeCluster = () => realCluster({ release: "oldest" });

describeKubeClient("Kubernetes 1.28", makeCluster);
describeReconciler("Kubernetes 1.28", makeCluster, [
  describeApply,
  describePrune,
  describeTakeover,
  describeDrift,
  describeHealth,
]);
