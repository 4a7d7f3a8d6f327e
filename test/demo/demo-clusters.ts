import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { say } from "../programs/index.ts";
import { createSimulatedClusters } from "../simulated-cluster/index.ts";
import type { DemoOptions } from "./options.ts";
import { findContexts } from "./own-contexts.ts";

/** A cluster of the demo and how an agent reaches it. */
export interface DemoCluster {
  readonly name: string;
  readonly environment: string;
  readonly kubeconfig: string;
  /** Undefined: the kubeconfig's current one. */
  readonly context: string | undefined;
  /** Address of the API server where anybody on this machine may use it. */
  readonly server: string | undefined;
}

export interface DemoClusters {
  readonly clusters: readonly DemoCluster[];
  /** For the banner. */
  readonly kind: string;
}

const environments = ["dev", "staging", "prod"] as const;

/** `onStarted` gets what ends each part, as soon as it runs. */
export async function startDemoClusters(
  options: DemoOptions,
  folder: string,
  port: number,
  onStarted: (stop: () => Promise<void>) => void,
): Promise<DemoClusters> {
  if (options.contexts.length > 0) return ownClusters(options.contexts);
  return options.real ? realClusters(folder, onStarted) : simulatedClusters(folder, port, onStarted);
}

function ownClusters(contexts: readonly string[]): DemoClusters {
  if (contexts.length > environments.length) {
    say(`more than ${environments.length} contexts: the last ones are all in prod`);
  }
  return {
    kind: "your own clusters",
    clusters: findContexts(contexts, process.env).map((own, index) => ({
      ...own,
      environment: environments[Math.min(index, environments.length - 1)] ?? "dev",
      server: undefined,
    })),
  };
}

type OnStarted = (stop: () => Promise<void>) => void;

async function realClusters(folder: string, onStarted: OnStarted): Promise<DemoClusters> {
  const planes: ControlPlane[] = [];
  for (const name of environments) {
    say(`starting the control plane of "${name}"`);
    const plane = await startControlPlane({
      folder: join(folder, name),
      controllers: [
        "deployment-controller",
        "replicaset-controller",
        "statefulset-controller",
        "namespace-controller",
        "garbage-collector-controller",
      ],
    });
    onStarted(() => plane.stop());
    planes.push(plane);
  }
  return {
    kind: "real control planes (without nodes, so with 0 replicas)",
    clusters: planes.map(({ kubeconfig }, index) => {
      const name = environments[index] ?? "dev";
      return { name, environment: name, kubeconfig, context: undefined, server: undefined };
    }),
  };
}

async function simulatedClusters(folder: string, port: number, onStarted: OnStarted): Promise<DemoClusters> {
  say(`starting the simulated clusters ${environments.join(", ")}`);
  const simulated = await createSimulatedClusters({ dir: folder, port });
  onStarted(() => simulated.close());
  const clusters: DemoCluster[] = [];
  for (const name of environments) {
    const { kubeconfig, server } = await simulated.add(name);
    clusters.push({ name, environment: name, kubeconfig, context: undefined, server });
  }
  return { kind: "simulated clusters", clusters };
}
