import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { say } from "../programs/index.ts";
import { createSimulatedClusters } from "../simulated-cluster/index.ts";
import type { DemoOptions } from "./options.ts";

/** A cluster of the demo and how an agent reaches it. */
export interface DemoCluster {
  readonly name: string;
  readonly environment: string;
  /** Undefined: the user's own. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

export interface DemoClusters {
  readonly clusters: readonly DemoCluster[];
  /** For the banner. */
  readonly kind: string;
  stop(): Promise<void>;
}

export const environments = ["dev", "staging", "prod"] as const;

export async function startDemoClusters(options: DemoOptions, folder: string, port: number): Promise<DemoClusters> {
  if (options.contexts.length > 0) return ownClusters(options.contexts);
  return options.real ? realClusters(folder) : simulatedClusters(folder, port);
}

function ownClusters(contexts: readonly string[]): DemoClusters {
  return {
    kind: "your own clusters",
    clusters: contexts.map((context, index) => ({
      name: context
        .toLowerCase()
        .replaceAll(/[^a-z0-9.-]+/g, "-")
        .replaceAll(/^[-.]+|[-.]+$/g, "")
        .slice(0, 63),
      environment: environments[Math.min(index, environments.length - 1)] ?? "dev",
      kubeconfig: undefined,
      context,
    })),
    stop: async () => undefined,
  };
}

async function realClusters(folder: string): Promise<DemoClusters> {
  const planes: ControlPlane[] = [];
  for (const name of environments) {
    say(`starting the control plane of "${name}"`);
    planes.push(
      await startControlPlane({
        folder: join(folder, name),
        controllers: [
          "deployment-controller",
          "replicaset-controller",
          "statefulset-controller",
          "namespace-controller",
          "garbage-collector-controller",
        ],
      }),
    );
  }
  return {
    kind: "real control planes (no nodes, so 0 replicas)",
    clusters: environments.map((name, index) => ({
      name,
      environment: name,
      kubeconfig: planes[index]?.kubeconfig,
      context: undefined,
    })),
    async stop() {
      await Promise.all(planes.map((plane) => plane.stop()));
    },
  };
}

async function simulatedClusters(folder: string, port: number): Promise<DemoClusters> {
  const simulated = await createSimulatedClusters({ dir: folder, port });
  const clusters: DemoCluster[] = [];
  for (const name of environments) {
    const { kubeconfig } = await simulated.add(name);
    clusters.push({ name, environment: name, kubeconfig, context: undefined });
  }
  return { kind: "simulated clusters", clusters, stop: () => simulated.close() };
}
