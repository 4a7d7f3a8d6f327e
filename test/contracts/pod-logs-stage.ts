import { createInspector, type Inspector } from "../../agent/inspect/index.ts";
import { systemClock } from "../../common/async/index.ts";
import type { LogLines, LogsQuestion, Manifest } from "../../common/domain/index.ts";
import { type FakeKubelet, startFakeKubelet } from "../fakes/fake-kubelet.ts";
import { endJob } from "./hook-objects.ts";
import { createNamespace } from "./kube-cluster.ts";
import { realCluster } from "./real-cluster.ts";
import { createStage, desiredEnvironment, type Engine } from "./reconciler-stage.ts";

const template = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image: "web:1" }] },
};

/** What a kubelet says of a run of a container. */
export interface RunState {
  readonly id: string;
  readonly restarts?: number;
  /** Undefined while it runs. */
  readonly exitCode?: number;
  /** The run before it. */
  readonly before?: { readonly id: string; readonly exitCode: number };
  /** Why the next run waits. */
  readonly waiting?: string;
}

/** An application "shop" whose pods write their logs to a kubelet behind a real API server. */
export interface PodLogsStage {
  readonly engine: Engine;
  readonly kubelet: FakeKubelet;
  readonly namespace: string;
  readonly inspector: Inspector;
  ask(given?: Partial<LogsQuestion>, signal?: AbortSignal, logsAllowed?: boolean): AsyncIterable<LogLines>;
  /** Assigns more objects to it. */
  add(...objects: readonly Manifest[]): Promise<void>;
  /** A Deployment of it that has no pods yet. */
  deployment(name: string): Promise<void>;
  /** A ReplicaSet of a Deployment, as its controller makes them. Returns what its pods say of it. */
  replicaSet(name: string, deployment?: string): Promise<object>;
  /** A pod on the node with the containers "web" and "proxy", of which nothing is known yet. */
  pod(name: string, owners: readonly object[], containers?: readonly string[]): Promise<void>;
  /** What the kubelet says of its containers. */
  status(name: string, containers: Readonly<Record<string, RunState>>, phase?: string): Promise<void>;
  /** The metadata of what is there. */
  read(path: string): Promise<{ readonly uid: string }>;
  /** Says that it is complete; that it is so is seen by its pods, as its controller lets go of them. */
  endJob(job: Manifest): Promise<void>;
  /** At once. */
  remove(name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startPodLogs(): Promise<PodLogsStage> {
  const stage = createStage(await realCluster());
  const { cluster } = stage;
  const kubelet = await startFakeKubelet("edge");
  await post("/api/v1/nodes", kubelet.node);
  const namespace = await createNamespace(cluster);
  const engine = await stage.start();
  const podPath = (name: string) => `/api/v1/namespaces/${namespace}/pods/${name}`;
  const objects: Manifest[] = [];
  let generation = 0;
  const dependencies = {
    kube: engine.kube,
    reconciler: engine.reconciler,
    desired: async () => desiredEnvironment(engine.environment, { applications: {} }),
    clock: systemClock,
  };
  const inspector = createInspector({ ...dependencies, logsAllowed: true });

  async function add(...more: readonly Manifest[]): Promise<void> {
    objects.push(...more);
    generation += 1;
    await engine.assign({ generation, applications: { shop: { objects: [...objects] }, idle: { objects: [] } } });
    await engine.reconciler.idle();
    inspector.assigned(engine.environment);
  }

  async function deployment(name: string): Promise<void> {
    const spec = { selector: { matchLabels: { app: "web" } }, template };
    await add({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace }, spec });
  }

  async function post(path: string, body: unknown): Promise<{ readonly uid: string }> {
    const answer = await cluster.raw("POST", path, body);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return (answer.body as { metadata: { uid: string } }).metadata;
  }

  async function read(path: string): Promise<{ readonly uid: string }> {
    return ((await cluster.raw("GET", path)).body as { metadata: { uid: string } }).metadata;
  }

  await deployment("web");
  return {
    engine,
    add,
    deployment,
    kubelet,
    namespace,
    inspector,
    ask(given = {}, signal = new AbortController().signal, logsAllowed = true) {
      const question: LogsQuestion = {
        kind: "logs",
        ...{ environment: engine.environment, application: "shop", target: "", container: "" },
        ...{ follow: false, previous: false, tail: 0, sinceSeconds: 0 },
        ...given,
      };
      const asked = logsAllowed ? inspector : createInspector({ ...dependencies, logsAllowed });
      return asked.answer(question, { signal }) as AsyncIterable<LogLines>;
    },
    async replicaSet(name, deployment = "web") {
      const { uid } = await read(`/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`);
      const owner = { apiVersion: "apps/v1", kind: "Deployment", name: deployment, uid };
      const made = await post(`/apis/apps/v1/namespaces/${namespace}/replicasets`, {
        metadata: { name, ownerReferences: [owner] },
        spec: { selector: { matchLabels: { app: "web" } }, template },
      });
      return { apiVersion: "apps/v1", kind: "ReplicaSet", name, uid: made.uid };
    },
    async pod(name, ownerReferences, containers = ["web", "proxy"]) {
      await post(`/api/v1/namespaces/${namespace}/pods`, {
        metadata: { name, labels: { app: "web" }, ownerReferences },
        spec: { nodeName: "edge", containers: containers.map((each) => ({ name: each, image: "web:1" })) },
      });
    },
    async status(name, containers, phase = "Running") {
      const containerStatuses = Object.entries(containers).map(([container, run]) => statusOf(container, run));
      const body = { status: { phase, containerStatuses } };
      const answer = await cluster.raw("PATCH", `${podPath(name)}/status`, body, "application/merge-patch+json");
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    },
    read,
    async endJob(job) {
      await endJob(cluster, job, "Complete");
      const { items } = (await cluster.raw("GET", `/api/v1/namespaces/${namespace}/pods`)).body as {
        items: { metadata: { name: string; ownerReferences?: { name: string }[] } }[];
      };
      for (const { metadata } of items) {
        if (!metadata.ownerReferences?.some(({ name }) => name === job.metadata.name)) continue;
        const body = { metadata: { labels: { tracked: "no" } } };
        await cluster.raw("PATCH", podPath(metadata.name), body, "application/merge-patch+json");
      }
    },
    async remove(name) {
      await cluster.raw("DELETE", `${podPath(name)}?gracePeriodSeconds=0`);
    },
    async stop() {
      await stage.stopAll();
      await cluster.stop();
      await kubelet.stop();
    },
  };
}

function statusOf(name: string, { id, restarts = 0, exitCode, before, waiting }: RunState): object {
  const ended = (containerID: string, code: number) => ({
    terminated: { containerID, exitCode: code, reason: code === 0 ? "Completed" : "Error" },
  });
  const isOver = exitCode !== undefined;
  return {
    ...{ name, image: "web:1", imageID: "", ready: !isOver, restartCount: restarts, containerID: id },
    state:
      waiting !== undefined
        ? { waiting: { reason: waiting } }
        : isOver
          ? ended(id, exitCode)
          : { running: { startedAt: "2026-01-01T00:00:00Z" } },
    ...(waiting !== undefined && isOver ? { lastState: ended(id, exitCode) } : {}),
    ...(before === undefined ? {} : { lastState: ended(before.id, before.exitCode) }),
  };
}
