export { createSimulatedClusters } from "./simulated-clusters.ts";
