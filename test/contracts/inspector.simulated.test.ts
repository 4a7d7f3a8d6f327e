import { describeInspector } from "./inspector.ts";
import { simulatedCluster } from "./simulated-cluster.ts";

describeInspector("a simulated cluster", () => simulatedCluster());
