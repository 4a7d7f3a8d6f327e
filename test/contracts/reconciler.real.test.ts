import { realCluster } from "./real-cluster.ts";
import { describeReconciler, everyday } from "./reconciler.ts";

describeReconciler("a real control plane", () => realCluster(), everyday);
