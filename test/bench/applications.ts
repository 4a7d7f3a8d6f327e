import { startControlPlane } from "../controlplane/index.ts";
import { applicationYaml, fleetYaml } from "../e2e/files.ts";
import { startFleet } from "../e2e/fleet.ts";
import { createRawApi, type RawApi, type RawObject } from "./raw-api.ts";
import type { Measurement } from "./report.ts";
import { pushUntilHealthy, untilHealthy } from "./until-healthy.ts";

const inFlight = 32;
const deployments = "/apis/apps/v1/namespaces/default/deployments";

/**
 * That many applications of four objects: ServiceAccount, Service, Deployment without replicas, Ingress. Made in one push, and
 * upgraded in another one that changes every Deployment. With real controllers, in a control plane of its own.
 */
export function applications(count: number): () => Promise<readonly Measurement[]> {
  return async () => {
    const plane = await startControlPlane({ controllers: ["deployment-controller", "replicaset-controller"] });
    const raw = createRawApi(plane);
    const names = Array.from({ length: count }, (_, index) => `app-${index}`);
    const files = (milliCpu: number) =>
      Object.fromEntries(
        names.flatMap((name) => [
          [`apps/${name}/application.yaml`, applicationYaml(name, { path: "manifests", namespace: "default" })],
          [
            `apps/${name}/manifests/all.yaml`,
            objectsOf(name, milliCpu)
              .map((each) => JSON.stringify(each))
              .join("\n---\n"),
          ],
        ]),
      );
    const fleet = await startFleet({
      clusters: { bench: { plane, labels: { environment: "dev" } } },
      files: { "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]) },
    });
    try {
      const floorNames = names.map((name) => `floor-${name}`);
      const measurements: Measurement[] = [];
      for (const [step, milliCpu] of [
        ["install", 1],
        ["upgrade", 2],
      ] as const) {
        const floor = await applyRaw(raw, floorNames, milliCpu);
        const ours = await pushUntilHealthy(fleet, files(milliCpu), step);
        measurements.push({
          what: `${step} of ${count} applications of 4 objects: push accepted → healthy`,
          unit: "ms",
          floor,
          floorIs: `raw PATCHes, ${inFlight} in flight, until the controllers have seen them`,
          ours,
          aimRatio: 1.5,
        });
      }
      await untilHealthy(fleet, await fleet.work.head());
      return measurements;
    } finally {
      await fleet.stop();
      await raw.close();
      await plane.stop();
    }
  };
}

interface Deployment extends RawObject {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: { readonly observedGeneration?: number };
}

/** Milliseconds until all are written and the Deployments' controller has seen them. */
async function applyRaw(raw: RawApi, names: readonly string[], milliCpu: number): Promise<number> {
  const started = performance.now();
  const wanted = String(milliCpu);
  const missing = new Set(names);
  let done: () => void = () => undefined;
  const observed = new Promise<void>((resolve) => {
    done = resolve;
  });
  const watch = await raw.watch<Deployment & { metadata: { labels: Record<string, string> } }>(
    ({ metadata, status }) => {
      const isObserved = status?.observedGeneration === metadata.generation && metadata.labels["bench-cpu"] === wanted;
      if (isObserved && missing.delete(metadata.name) && missing.size === 0) done();
    },
    deployments,
  );
  await raw.applyAll(
    names.flatMap((name) => objectsOf(name, milliCpu)),
    inFlight,
  );
  await observed;
  watch.stop();
  return performance.now() - started;
}

function objectsOf(name: string, milliCpu: number): readonly RawObject[] {
  const labels = { app: name };
  const metadata = { name, namespace: "default", labels };
  const port = (at: string, number: number) => ({ name: at, port: number, targetPort: at, protocol: "TCP" });
  const container = {
    name: "web",
    image: "registry.invalid/web:6.5.3",
    ports: [{ name: "http", containerPort: 9898, protocol: "TCP" }],
    resources: { requests: { cpu: `${milliCpu}m`, memory: "16Mi" } },
    readinessProbe: { httpGet: { path: "/readyz", port: "http" } },
  };
  const backend = { service: { name, port: { name: "http" } } };
  const objects = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: labels, ports: [port("http", 80), port("grpc", 99)] },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...metadata, labels: { ...labels, "bench-cpu": `${milliCpu}` } },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { serviceAccountName: name, containers: [container] } },
      },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata,
      spec: {
        rules: [{ host: `${name}.example.com`, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
      },
    },
  ];
  return objects;
}
