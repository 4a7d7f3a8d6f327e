import { establishingCluster } from "./establishing-cluster.ts";
import { adversity, describeReconciler } from "./reconciler.ts";

describeReconciler("a simulated cluster", establishingCluster, adversity);
