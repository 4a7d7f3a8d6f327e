import { establishingCluster } from "./establishing-cluster.ts";
import { describeReconciler, everyday } from "./reconciler.ts";

describeReconciler("a simulated cluster", establishingCluster, everyday);
