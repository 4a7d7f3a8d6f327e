import { realCluster } from "./real-cluster.ts";
import { describeReconciler } from "./reconciler.ts";

describeReconciler("a real control plane", () => realCluster());
