export type { ClusterClock } from "./clock.ts";
export type { Cluster } from "./cluster.ts";
export type { ControllerDelays } from "./controllers/context.ts";
export type { Fault, Faults } from "./faults.ts";
export {
  createSimulatedClusters,
  type SimulatedCluster,
  type SimulatedClusters,
  type SimulatedClustersOptions,
} from "./simulated-clusters.ts";
