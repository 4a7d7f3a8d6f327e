import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { type ClusterHandle, createNamespace } from "./kube-cluster.ts";
import { realCluster } from "./real-cluster.ts";
import { hurried } from "./reconciler-health.ts";
import { configMap, deployment, edit, inventoryOf, liveOf } from "./reconciler-objects.ts";
import { createStage, type Engine, type ReconcilerStage } from "./reconciler-stage.ts";

let cluster: ClusterHandle;
let stage: ReconcilerStage;

beforeAll(async () => {
  cluster = await realCluster({
    controllers: [
      "deployment-controller",
      "replicaset-controller",
      "statefulset-controller",
      "job-controller",
      "garbage-collector-controller",
      "resourcequota-controller",
      "ttl-after-finished-controller",
    ],
  });
  stage = createStage(cluster);
});
afterEach(() => stage?.stopAll());
afterAll(() => cluster?.stop());

const patient = { timeout: 30_000, interval: 50 };
/** The applications' own timeout is a day away: whatever fails, fails before it. */
const policy = { timeoutSeconds: 86_400 };

interface Pod extends Manifest {
  readonly spec: { readonly containers: readonly { readonly name: string }[] };
}

/** What scheduler and kubelet, which do not run here, would say of every pod that controllers made in a namespace. */
async function sayOfPods(namespace: string, statusOf: (container: string) => object): Promise<void> {
  const pods = async () => {
    const { body } = await cluster.raw("GET", `/api/v1/namespaces/${namespace}/pods`);
    return (body as { items: Pod[] }).items;
  };
  await expect.poll(async () => (await pods()).length, patient).toBeGreaterThan(0);
  for (const { metadata, spec } of await pods()) {
    const path = `/api/v1/namespaces/${namespace}/pods/${metadata.name}/status`;
    const status = statusOf(spec.containers[0]?.name ?? "");
    const answer = await cluster.raw("PATCH", path, { status }, "application/merge-patch+json");
    expect(answer.status).toBe(200);
  }
}

const waiting = (reason: string, message: string, restartCount: number) => (name: string) => ({
  phase: restartCount > 0 ? "Running" : "Pending",
  containerStatuses: [
    { name, image: "web", imageID: "", ready: false, restartCount, state: { waiting: { reason, message } } },
  ],
});

const unschedulable = () => ({
  phase: "Pending",
  conditions: [
    {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/3 nodes are available: 3 Insufficient cpu",
      lastTransitionTime: new Date().toISOString(),
    },
  ],
});

async function startWith(...objects: readonly Manifest[]): Promise<Engine> {
  const engine = await stage.start({ clock: hurried });
  await engine.assign({ applications: { shop: { objects, policy } } });
  return engine;
}

async function expectFailure(engine: Engine, manifest: Manifest, message: RegExp): Promise<void> {
  await expect
    .poll(() => engine.reported.object(manifest), patient)
    .toMatchObject({ health: "Degraded", message: expect.stringMatching(message) });
  const { kind, metadata } = manifest;
  expect(engine.reported.application("shop")).toMatchObject({
    health: "Degraded",
    message: expect.stringContaining(`${kind} ${metadata.namespace}/${metadata.name}: `),
  });
  expect(engine.reported.phases()).toEqual(["applied 1"]);
}

function jobOf(namespace: string, spec: object = {}): Manifest {
  const containers = [{ name: "migrate", image: "registry.invalid/migrate:1" }];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "migrate", namespace },
    spec: { template: { spec: { restartPolicy: "Never", containers } }, ...spec },
  };
}

describe("an application fails long before its timeout, naming object and reason, when", () => {
  test.each<[why: string, status: (container: string) => object, message: RegExp]>([
    [
      "an image cannot be pulled",
      waiting("ImagePullBackOff", "Back-off pulling image", 0),
      /: container web: ImagePullBackOff: Back-off pulling image$/,
    ],
    [
      "a container crash-loops",
      waiting("CrashLoopBackOff", "back-off 5m0s restarting", 7),
      /: container web: CrashLoopBackOff: back-off 5m0s restarting$/,
    ],
    ["a pod cannot be scheduled", unschedulable, /: Unschedulable: 0\/3 nodes are available: 3 Insufficient cpu$/],
  ])("%s", async (_why, status, message) => {
    const namespace = await createNamespace(cluster);
    const web = deployment(namespace, "web");
    const engine = await startWith(web);
    await sayOfPods(namespace, status);
    await expectFailure(engine, web, message);
  });

  test("a pod of a StatefulSet crash-loops", async () => {
    const namespace = await createNamespace(cluster);
    const { spec, ...rest } = deployment(namespace, "db") as Manifest & { spec: object };
    const database: Manifest = { ...rest, kind: "StatefulSet", spec: { ...spec, serviceName: "db" } };
    const engine = await startWith(database);
    await sayOfPods(namespace, waiting("CrashLoopBackOff", "back-off", 7));
    await expectFailure(engine, database, /: container web: CrashLoopBackOff: back-off$/);
  });

  test("a quota forbids its pods (ReplicaSet FailedCreate)", async () => {
    const namespace = await createNamespace(cluster);
    const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
    await cluster.raw("POST", quotas, {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "few" },
      spec: { hard: { pods: "0" } },
    });
    const used = async () => (await cluster.raw("GET", `${quotas}/few`)).body;
    await expect.poll(used, patient).toMatchObject({ status: { hard: { pods: "0" } } });
    const web = deployment(namespace, "web");
    const engine = await startWith(web);
    await expectFailure(engine, web, /^0 of 2 replicas created \(FailedCreate: pods .*exceeded quota: few/);
  });

  test("a Job gives up", async () => {
    const namespace = await createNamespace(cluster);
    const job = jobOf(namespace, { backoffLimit: 0 });
    const engine = await startWith(job);
    await sayOfPods(namespace, (name) => ({
      phase: "Failed",
      containerStatuses: [
        {
          name,
          image: "migrate",
          imageID: "",
          ready: false,
          restartCount: 0,
          state: { terminated: { exitCode: 1, reason: "Error" } },
        },
      ],
    }));
    await expectFailure(engine, job, /^BackoffLimitExceeded: /);
  });
});

describe("waiting for an application", () => {
  test("fails although others are still on their way, and goes on with them (failFast)", async () => {
    const namespace = await createNamespace(cluster);
    const [broken, slow] = [deployment(namespace, "broken"), jobOf(namespace)];
    const engine = await startWith(broken, slow, configMap(namespace, "fine"));
    await sayOfPods(namespace, (name) =>
      name === "web" ? waiting("ImagePullBackOff", "no such image", 0)(name) : { phase: "Running" },
    );
    await expect.poll(() => engine.reported.application("shop")?.health, patient).toBe("Degraded");
    expect(engine.reported.object(slow)?.health).toBe("Progressing");
    expect(engine.reported.application("shop")?.message).toContain(`Deployment ${namespace}/broken: `);
    await sayOfPods(namespace, (name) => ({ phase: name === "web" ? "Running" : "Succeeded" }));
    await expect.poll(() => engine.reported.object(slow)?.health, patient).toBe("Healthy");
  });

  test("ends when every object is Healthy or Degraded, before the timeout (terminalState)", async () => {
    const namespace = await createNamespace(cluster);
    const [broken, fine] = [deployment(namespace, "broken"), configMap(namespace, "fine")];
    const engine = await startWith(broken, fine);
    await sayOfPods(namespace, waiting("ImagePullBackOff", "no such image", 0));
    await expect.poll(() => engine.reported.object(broken)?.health, patient).toBe("Degraded");
    expect(engine.reported.object(fine)?.health).toBe("Healthy");
    expect(engine.reported.application("shop")?.message).not.toContain("Not healthy after");
  });

  test("ends well with a Job that its time to live removes, which is not made again (JobWithTTL)", async () => {
    const namespace = await createNamespace(cluster);
    const job = jobOf(namespace, { ttlSecondsAfterFinished: 0 });
    const engine = await stage.start();
    await engine.assign({ applications: { shop: { objects: [job], policy } } });
    const first = (await liveOf(cluster, job))?.metadata["uid"];
    expect(first).toBeDefined();
    await sayOfPods(namespace, () => ({ phase: "Succeeded" }));
    await expect.poll(() => liveOf(cluster, job), patient).toBeUndefined();
    await expect.poll(() => engine.reported.phases(), patient).toEqual(["applied 1", "healthy 1"]);
    await engine.reconciler.reconcileNow(engine.environment);
    expect(await liveOf(cluster, job)).toBeUndefined();
    expect(engine.reported.object(job)).toMatchObject({ sync: "Synced", health: "Healthy" });
  });

  test("is dropped for a newer generation, with all that was said of the older one (Cancellation)", async () => {
    const namespace = await createNamespace(cluster);
    const web = deployment(namespace, "web", "registry.invalid/web:broken");
    const engine = await stage.start();
    const assign = (generation: number, manifest: Manifest) =>
      engine.assign({
        generation,
        applications: { shop: { objects: [manifest], policy: { timeoutSeconds: generation === 1 ? 1 : 600 } } },
      });
    await assign(1, web);
    await expect.poll(() => engine.reported.application("shop")?.message).toContain("Not healthy after 1 s");
    const mended: Manifest = configMap(namespace, "instead");
    await assign(2, mended);
    await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "applied 2", "healthy 2"]);
    expect(engine.reported.application("shop")).toMatchObject({ generation: 2, health: "Healthy", message: "" });
  });

  test("for a deletion, the object stays on the books until it is gone (Termination)", async () => {
    const namespace = await createNamespace(cluster);
    const held = configMap(namespace, "held");
    const engine = await stage.start();
    await engine.assign({ applications: { shop: { objects: [held], policy } } });
    await edit(cluster, held, { metadata: { finalizers: ["example.com/held"] } });
    await engine.assign({ generation: 2, applications: { shop: { objects: [], policy } } });
    await expect.poll(async () => (await liveOf(cluster, held))?.metadata["deletionTimestamp"], patient).toBeDefined();
    const owned = async () => (await inventoryOf(cluster, engine.environment))["shop"]?.objects.length ?? 0;
    expect(await owned()).toBe(1);
    await edit(cluster, held, { metadata: { finalizers: null } });
    await expect.poll(owned, patient).toBe(0);
    expect(await liveOf(cluster, held)).toBeUndefined();
    await expect
      .poll(() => engine.reported.phases(), patient)
      .toEqual(["applied 1", "healthy 1", "applied 2", "healthy 2"]);
  });
});

test("health follows watches: nothing is asked while an application waits", async () => {
  const namespace = await createNamespace(cluster);
  const service: Manifest = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  };
  const engine = await startWith(service);
  expect(engine.reported.object(service)).toMatchObject({
    health: "Progressing",
    message: "no load balancer address yet",
  });
  engine.requests();
  await edit(cluster, service, { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } }, "cloud", "/status");
  await expect.poll(() => engine.reported.object(service)?.health, patient).toBe("Healthy");
  expect(engine.requests()).toEqual({});
});

test("the progress deadline of a Deployment is its own, whatever the application's timeout", async () => {
  const namespace = await createNamespace(cluster);
  const { spec, ...rest } = deployment(namespace, "web") as Manifest & { spec: object };
  const web: Manifest = { ...rest, spec: { ...spec, progressDeadlineSeconds: 1 } };
  const engine = await stage.start();
  await engine.assign({ applications: { shop: { objects: [web], policy } } });
  await expectFailure(engine, web, /^ProgressDeadlineExceeded: /);
});
