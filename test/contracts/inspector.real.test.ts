import { describeInspector } from "./inspector.ts";
import { realCluster } from "./real-cluster.ts";

describeInspector("a real control plane", () => realCluster());
