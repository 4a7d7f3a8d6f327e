import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runJob } from "../../agent/jobs/index.ts";
import { createKubeClient } from "../../agent/kube/index.ts";
import type { AgentIdentity, KubeClient } from "../../agent/ports.ts";
import { systemClock } from "../../common/async/index.ts";
import type { JobQuestion } from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { encodeJobOrder, signedJobOrder } from "../../common/wire/index.ts";
import { createGates } from "../../hub/gates/index.ts";
import type { Authority } from "../../hub/identity/index.ts";
import { type FakeKubelet, startFakeKubelet } from "../fakes/fake-kubelet.ts";
import { until } from "../programs/index.ts";
import { type ClusterHandle, createNamespace } from "./kube-cluster.ts";
import { realCluster } from "./real-cluster.ts";
import { createServiceAccount, grant, tokenOf, writeKubeconfig } from "./service-account.ts";
import {
  identityFor,
  startAgent,
  startHub,
  type TestAgent,
  type TestHub,
  temporaryAuthority,
} from "./stream-fixture.ts";

interface Job {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly ttlSecondsAfterFinished: number; readonly activeDeadlineSeconds: number };
}

/** From a gate in the hub over a real stream to Kubernetes' own controller of Jobs; pods end as the test says. */
describe("gates that run a Job in a cluster", () => {
  let cluster: ClusterHandle;
  let kubelet: FakeKubelet;
  let kube: KubeClient;
  let authority: Authority;
  let remove: () => Promise<void>;
  let identity: AgentIdentity;
  let hub: TestHub;
  let agent: TestAgent;
  let namespace: string;
  let folder: string;
  let stopping: AbortController;
  let attempts = 0;
  const clients: KubeClient[] = [];

  const clientOf = async (kubeconfig: string) => {
    const options = { kubeconfig, context: undefined, log: silentLogger(), userAgent: "drover-agent/test" };
    const client = await createKubeClient(options);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    cluster = await realCluster({ controllers: ["job-controller"] });
    kubelet = await startFakeKubelet("edge");
    await cluster.raw("POST", "/api/v1/nodes", kubelet.node);
    ({ authority, remove } = await temporaryAuthority());
    identity = await identityFor(authority, "one");
    folder = await mkdtemp(join(tmpdir(), "drover-gate-jobs-"));
    kube = await clientOf(cluster.kubeconfig);
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await kubelet?.stop();
    await cluster?.stop();
    await remove?.();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    stopping = new AbortController();
    kubelet.log = (response) => response.end("first\nlast words\n");
    namespace = await createNamespace(cluster);
    hub = await startHub(authority);
    agent = await connect();
  });
  afterEach(async () => {
    await agent.stop();
    await hub.close();
  });

  async function connect(client = kube, jobsAllowed = true): Promise<TestAgent> {
    const started = await startAgent(hub.server.address, identity, {
      answer: (question, options) => {
        if (question.kind !== "job") throw new Error("Nothing else is asked");
        const log = silentLogger();
        return runJob(
          { kube: client, identity: () => identity, jobsAllowed, logsAllowed: true, log },
          question,
          options,
        );
      },
    });
    await until("the agent to be connected", () => hub.server.connected("one") || undefined);
    return started;
  }

  const written = JSON.stringify({
    apiVersion: "batch/v1",
    kind: "Job",
    spec: { template: { spec: { containers: [{ name: "smoke", image: "smoke:1" }] } } },
  });

  /** One attempt, asked for by a hub of its own; the same `id` is the same attempt. */
  function ask(given: { id?: string; text?: string; timeoutMs?: number; signal?: AbortSignal } = {}) {
    const { id = `attempt-${++attempts}`, text = written, timeoutMs = 600_000 } = given;
    const progress: string[] = [];
    const check = createGates({
      inspection: { dryRun: async () => ({ revision: "r", clusters: [] }) },
      git: {
        tree: async () => [{ path: "checks/smoke.json", oid: "1", mode: "file" }],
        blobs: async () => [Buffer.from(text)],
      },
      agents: () => hub.server,
      sign: (bytes) => authority.signAssignment(bytes),
      stopping: stopping.signal,
      clock: systemClock,
      log: silentLogger(),
    });
    const timing = { timeoutMs, attempts: 1, intervalMs: 0 };
    const gate = { type: "job", manifest: "checks/smoke.json", namespace, cluster: undefined, ...timing } as const;
    const request = { id, name: "smoke", environment: "prod", gate, clusters: ["one"], revision: "a".repeat(40) };
    const verdict = check(request, { signal: given.signal, progress: (message) => progress.push(message) });
    return { id, verdict, progress };
  }

  const list = async <T>(path: string) => ((await cluster.raw("GET", path)).body as { items: readonly T[] }).items;
  const jobs = () => list<Job>(`/apis/batch/v1/namespaces/${namespace}/jobs`);
  const jobThere = () => until("the Job to be there", async () => (await jobs())[0]);
  const podThere = () =>
    until("its pod to be there", async () => {
      const [pod] = await list<{ readonly metadata: { readonly name: string } }>(
        `/api/v1/namespaces/${namespace}/pods`,
      );
      return pod?.metadata.name;
    });

  /** What a node would say of the pod. */
  async function endPod(phase: "Succeeded" | "Failed"): Promise<void> {
    const name = await podThere();
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const target = { apiVersion: "v1", kind: "Node", name: "edge" };
    await cluster.raw("POST", `${path}/binding`, { apiVersion: "v1", kind: "Binding", metadata: { name }, target });
    const terminated = { exitCode: phase === "Failed" ? 3 : 0, reason: phase === "Failed" ? "Error" : "Completed" };
    const containerStatuses = [
      { name: "smoke", image: "smoke:1", imageID: "", ready: false, restartCount: 0, state: { terminated } },
    ];
    const status = { phase, containerStatuses };
    const answer = await cluster.raw("PATCH", `${path}/status`, { status }, "application/merge-patch+json");
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  }

  test("pass when it has completed, and tell meanwhile how it goes", async () => {
    const { verdict, progress } = ask();
    const { metadata, spec } = await jobThere();
    expect(metadata.name).toMatch(/^drover-smoke-[0-9a-f]{12}$/);
    expect(metadata.labels).toEqual({ "drover.dev/gate-job": "smoke" });
    expect([spec.ttlSecondsAfterFinished, spec.activeDeadlineSeconds]).toEqual([3_600, 585]);
    await until("progress", () => progress.includes("one: pods: 1 active, 0 succeeded") || undefined);
    await endPod("Succeeded");
    expect(await verdict).toEqual({ verdict: "passed", message: "Job checks/smoke.json succeeded on one" });
  });

  test("fail with Kubernetes' reason and the last lines of its log", async () => {
    const { verdict } = ask();
    await endPod("Failed");
    expect(await verdict).toEqual({
      verdict: "failed",
      message:
        "Job checks/smoke.json failed on 1 of 1 clusters (one: BackoffLimitExceeded: Job has reached the specified backoff limit; it said: first | last words)",
    });
  });

  test("find the same Job again when agent or hub died meanwhile", async () => {
    const { signal } = stopping;
    const { id, verdict: unheard } = ask({ signal });
    const { uid } = (await jobThere()).metadata;
    await agent.stop();
    await until("the agent to be gone", () => !hub.server.connected("one") || undefined);
    agent = await connect();
    // The hub stops: nobody listens, and the Job goes on.
    const ended = expect(unheard).rejects.toThrow();
    stopping.abort();
    await ended;
    await hub.close();
    await agent.stop();
    hub = await startHub(authority);
    agent = await connect();

    stopping = new AbortController();
    const { verdict, progress } = ask({ id });
    await until("it to be followed again", () => progress.length > 0 || undefined);
    expect((await jobs()).map(({ metadata }) => metadata.uid)).toEqual([uid]);
    await endPod("Succeeded");
    expect((await verdict).verdict).toBe("passed");
    // Ended while nobody listened: the same answer, of the same Job.
    expect((await ask({ id }).verdict).verdict).toBe("passed");
    expect((await jobs()).map(({ metadata }) => metadata.uid)).toEqual([uid]);
  });

  test("take it away when the rollout does not want to know any more", async () => {
    const cancelled = new AbortController();
    const { verdict } = ask({ signal: cancelled.signal });
    const ended = expect(verdict).rejects.toThrow();
    await podThere();
    cancelled.abort();
    await ended;
    await until("the Job to be gone", async () => (await jobs()).length === 0 || undefined);
  });

  test("fail when somebody deletes it, and when it takes too long", async () => {
    const { verdict } = ask();
    const { name } = (await jobThere()).metadata;
    await cluster.raw("DELETE", `/apis/batch/v1/namespaces/${namespace}/jobs/${name}?propagationPolicy=Background`);
    expect((await verdict).message).toContain("(one: the Job was deleted before it had ended)");
    const late = await ask({ timeoutMs: 2_500 }).verdict;
    expect(late.message).toMatch(/DeadlineExceeded|no answer in time/);
  });

  test("fail with the position of what a Job of a gate may not have, and run nothing", async () => {
    const text = "apiVersion: batch/v1\nkind: Job\nspec:\n  suspend: true\n  template: { spec: { containers: [] } }\n";
    expect((await ask({ text }).verdict).message).toMatch(/^checks\/smoke.json:4: Unknown field "suspend"/);
    expect(await jobs()).toEqual([]);
  });

  test("need few rights, in their namespace only; without them, or switched off, they fail and say why", async () => {
    const account = `${namespace}/agent`;
    await createServiceAccount(cluster, account);
    const user = { token: await tokenOf(cluster, account) };
    const limited = await clientOf(await writeKubeconfig(cluster, join(folder, namespace), user));
    await agent.stop();
    agent = await connect(limited);
    expect((await ask().verdict).message).toContain('cannot get resource "jobs"');

    await grant(cluster, account, {
      name: "gate-jobs",
      in: namespace,
      // As the chart gives them.
      rules: [
        { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "watch", "create", "patch", "delete"] },
        { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
        { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
      ],
    });
    const { verdict } = ask();
    await endPod("Failed");
    expect((await verdict).message).toContain("it said: first | last words");

    await agent.stop();
    agent = await connect(kube, false);
    expect((await ask().verdict).message).toContain("its agent runs with --gate-jobs off");
  });

  test("are not run for whoever is not this hub, nor for another cluster", async () => {
    const job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "evil", namespace, labels: { "drover.dev/gate-job": "x" } },
    };
    const order = (name: string) => encodeJobOrder({ cluster: name, environment: "prod", job, stop: false });
    const sent = async (question: JobQuestion) => {
      for await (const value of hub.server.ask("one", question, {})) return value;
      return undefined;
    };
    const [ours, others] = [order("one"), order("two")];
    const wrong = { kind: "job", order: ours, signature: authority.signAssignment(ours) } as const;
    await expect(sent(wrong)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    const signature = authority.signAssignment(signedJobOrder(others));
    await expect(sent({ kind: "job", order: others, signature })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    expect(await jobs()).toEqual([]);
  });
});
