import { expect, test, vi } from "vitest";
import type { Json } from "../json.ts";
import { testCluster } from "../test-cluster.ts";

const quick = { controllers: { podReadyMs: 5, jobRunsMs: 5 } };
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const pods = (image: string): Json => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image }] },
});
const deployment = (image: string, spec: Record<string, Json> = {}): Json => ({
  metadata: { name: "web" },
  spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: pods(image), ...spec },
});
const patient = { timeout: 30_000, interval: 10 };

test("a Deployment makes a ReplicaSet and Pods, becomes available, and takes them with it", async () => {
  const { send, inside } = await testCluster(quick);
  await send("POST", deployments, deployment("web:1"));
  await vi.waitFor(async () => {
    const { body } = await send("GET", `${deployments}/web`);
    expect(body).toMatchObject({
      status: {
        readyReplicas: 2,
        conditions: [{ type: "Available", status: "True" }, { reason: "NewReplicaSetAvailable" }],
      },
    });
  }, patient);
  expect(inside.store.list("/pods")).toHaveLength(2);
  await send("DELETE", `${deployments}/web`);
  await vi.waitFor(
    () => expect([...inside.store.list("apps/replicasets"), ...inside.store.list("/pods")]).toEqual([]),
    patient,
  );
});

test("a broken image keeps the old Pods and ends in ProgressDeadlineExceeded", async () => {
  const { send, patch, inside } = await testCluster(quick);
  await send("POST", deployments, deployment("web:1"));
  await vi.waitFor(
    async () => expect((await send("GET", `${deployments}/web`)).body).toMatchObject({ status: { readyReplicas: 2 } }),
    patient,
  );
  await patch(`${deployments}/web`, "strategic", {
    spec: { template: pods("web:broken"), progressDeadlineSeconds: 1 },
  });
  await vi.waitFor(async () => {
    const { body } = await send("GET", `${deployments}/web`);
    expect(body).toMatchObject({
      status: {
        readyReplicas: 2,
        conditions: [
          { type: "Available", status: "True" },
          { status: "False", reason: "ProgressDeadlineExceeded" },
        ],
      },
    });
  }, patient);
  await vi.waitFor(() => {
    const waiting = inside.store.list("/pods").filter((pod) => JSON.stringify(pod).includes("ImagePullBackOff"));
    expect(waiting).toHaveLength(2);
  }, patient);
});

test("StatefulSet, DaemonSet, Job, claim and load balancer reach their end", async () => {
  const { send } = await testCluster(quick);
  const selector = { matchLabels: { app: "web" } };
  const apps = "/apis/apps/v1/namespaces/default";
  const claim = {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
  await send("POST", `${apps}/statefulsets`, {
    metadata: { name: "db" },
    spec: { replicas: 2, selector, template: pods("db:1"), volumeClaimTemplates: [claim] },
  });
  await send("POST", `${apps}/daemonsets`, { metadata: { name: "log" }, spec: { selector, template: pods("log:1") } });
  const once = { spec: { restartPolicy: "Never", containers: [{ name: "job", image: "job:1" }] } };
  await send("POST", "/apis/batch/v1/namespaces/default/jobs", {
    metadata: { name: "once" },
    spec: { template: once },
  });
  await send("POST", "/api/v1/namespaces/default/services", {
    metadata: { name: "lb" },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  });
  await vi.waitFor(async () => {
    expect((await send("GET", `${apps}/statefulsets/db`)).body).toMatchObject({
      status: { readyReplicas: 2, updatedReplicas: 2 },
    });
    expect((await send("GET", `${apps}/daemonsets/log`)).body).toMatchObject({
      status: { numberReady: 1, desiredNumberScheduled: 1 },
    });
    expect((await send("GET", "/apis/batch/v1/namespaces/default/jobs/once")).body).toMatchObject({
      status: { succeeded: 1, conditions: [{ type: "SuccessCriteriaMet" }, { type: "Complete" }] },
    });
    expect((await send("GET", "/api/v1/namespaces/default/persistentvolumeclaims/data-db-1")).body).toMatchObject({
      status: { phase: "Bound" },
    });
    expect((await send("GET", "/api/v1/namespaces/default/services/lb")).body).toMatchObject({
      status: { loadBalancer: { ingress: [{ ip: expect.any(String) }] } },
    });
  }, patient);
});

test("deleting a namespace removes what is in it, and refuses new content meanwhile", async () => {
  const { send, patch, inside } = await testCluster(quick);
  await send("POST", "/api/v1/namespaces", { metadata: { name: "shop" } });
  const configMaps = "/api/v1/namespaces/shop/configmaps";
  await send("POST", configMaps, { metadata: { name: "a" } });
  await send("POST", configMaps, { metadata: { name: "held", finalizers: ["example.com/keep"] } });
  const answer = await send("DELETE", "/api/v1/namespaces/shop");
  expect(answer.body).toMatchObject({ status: { phase: "Terminating" } });
  await vi.waitFor(() => expect(inside.store.list("/configmaps", "shop")).toHaveLength(1), patient);
  expect((await send("POST", configMaps, { metadata: { name: "b" } })).status).toBe(403);
  await patch(`${configMaps}/held`, "merge", { metadata: { finalizers: null } });
  await vi.waitFor(async () => expect((await send("GET", "/api/v1/namespaces/shop")).status).toBe(404), patient);
});
