import { realCluster } from "./real-cluster.ts";
import { adversity, describeReconciler } from "./reconciler.ts";

describeReconciler("a real control plane", () => realCluster(), adversity);
