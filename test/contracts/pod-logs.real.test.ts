import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createInspector } from "../../agent/inspect/index.ts";
import type { LogLines, LogsQuestion, Manifest } from "../../common/domain/index.ts";
import { type FakeKubelet, startFakeKubelet } from "../fakes/fake-kubelet.ts";
import { createNamespace, uniqueName } from "./kube-cluster.ts";
import { realCluster } from "./real-cluster.ts";
import { createStage, desiredEnvironment, type Engine, type ReconcilerStage } from "./reconciler-stage.ts";

/** From a kubelet through a real API server: the way that logs take. */
describe("logs of an application's pods", () => {
  let stage: ReconcilerStage;
  let engine: Engine;
  let kubelet: FakeKubelet;
  let namespace: string;

  beforeAll(async () => {
    stage = createStage(await realCluster());
    kubelet = await startFakeKubelet("edge");
    await post("/api/v1/nodes", kubelet.node);
    namespace = await createNamespace(stage.cluster);
    engine = await stage.start();
    const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:1" }] } };
    const deployment: Manifest = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace },
      spec: { selector: { matchLabels: { app: "web" } }, template },
    };
    await engine.assign({ applications: { shop: { objects: [deployment] }, idle: { objects: [] } } });
    await engine.reconciler.idle();
    const { uid } = await read(`/apis/apps/v1/namespaces/${namespace}/deployments/web`);
    // What controllers would make.
    const set = await post(`/apis/apps/v1/namespaces/${namespace}/replicasets`, {
      metadata: { name: "web-1", ownerReferences: [owner("apps/v1", "Deployment", "web", uid)] },
      spec: { selector: { matchLabels: { app: "web" } }, template },
    });
    for (const name of ["web-1-a", "web-1-b"]) await pod(name, [owner("apps/v1", "ReplicaSet", "web-1", set.uid)]);
    await pod("foreign", []);
  });
  afterAll(async () => {
    await stage.stopAll();
    await stage.cluster.stop();
    await kubelet.stop();
  });

  const owner = (apiVersion: string, kind: string, name: string, uid: string) => ({ apiVersion, kind, name, uid });

  async function post(path: string, body: unknown): Promise<{ readonly uid: string }> {
    const answer = await stage.cluster.raw("POST", path, body);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return (answer.body as { metadata: { uid: string } }).metadata;
  }

  async function read(path: string): Promise<{ readonly uid: string }> {
    return ((await stage.cluster.raw("GET", path)).body as { metadata: { uid: string } }).metadata;
  }

  async function pod(name: string, ownerReferences: readonly object[]): Promise<void> {
    const containers = ["web", "proxy"].map((container) => ({ name: container, image: "web:1" }));
    await post(`/api/v1/namespaces/${namespace}/pods`, {
      metadata: { name, labels: { app: "web" }, ownerReferences },
      spec: { nodeName: "edge", containers },
    });
  }

  function ask(given: Partial<LogsQuestion> = {}, signal = new AbortController().signal, logsAllowed = true) {
    const inspector = createInspector({
      kube: engine.kube,
      reconciler: engine.reconciler,
      desired: async () => desiredEnvironment(engine.environment, { applications: {} }),
      logsAllowed,
    });
    const question: LogsQuestion = {
      kind: "logs",
      ...{ environment: engine.environment, application: "shop", target: "", container: "" },
      ...{ follow: false, previous: false, tail: 0, sinceSeconds: 0 },
      ...given,
    };
    return inspector.answer(question, { signal }) as AsyncIterable<LogLines>;
  }

  async function all(values: AsyncIterable<LogLines>): Promise<LogLines[]> {
    const found: LogLines[] = [];
    for await (const value of values) found.push(value);
    return found.sort((left, right) => (`${left.pod} ${left.container}` < `${right.pod} ${right.container}` ? -1 : 1));
  }

  test("come from every container of the pods that belong to it, and of no other", async () => {
    kubelet.log = (response, { pod: name, container }) => response.end(`${name} ${container}\nsecond ü\nwithout end`);
    const lines = (name: string, container: string) => [`${name} ${container}`, "second ü", "without end"];
    const found = await all(ask());
    const joined = new Map<string, string[]>();
    for (const { pod: name, container, lines: some, error } of found) {
      expect(error).toBeUndefined();
      const key = `${name} ${container}`;
      joined.set(key, [...(joined.get(key) ?? []), ...some]);
    }
    const pairs = ["web-1-a", "web-1-b"].flatMap((name) =>
      ["proxy", "web"].map((container) => [name, container] as const),
    );
    expect([...joined]).toEqual(pairs.map(([name, container]) => [`${name} ${container}`, lines(name, container)]));
  });

  test.each([
    ["deployment/web", 2],
    ["deploy/web", 2],
    ["web-1-b", 1],
    ["pod/web-1-b", 1],
  ])("of %s are those of %i pods, with what was asked of the kubelet", async (target, pods) => {
    const asked: string[] = [];
    kubelet.log = (response, { pod: name, container, query }) => {
      asked.push(`${name} ${container} ${query.toString()}`);
      response.end("x\n");
    };
    await all(ask({ target, container: "web", tail: 5, sinceSeconds: 60, previous: true }));
    expect(asked).toHaveLength(pods);
    expect(asked[0]).toMatch(/web-1-. web (?=.*previous=true)(?=.*sinceSeconds=60)(?=.*tailLines=5)/);
  });

  test("are followed as they are written until the container ends", async () => {
    let write: (text: string | undefined) => void = () => undefined;
    kubelet.log = (response) => {
      response.flushHeaders();
      write = (text) => void (text === undefined ? response.end() : response.write(text));
    };
    const reader = ask({ target: "web-1-a", container: "web", follow: true })[Symbol.asyncIterator]();
    const first = reader.next();
    await expect.poll(() => kubelet.open()).toBe(1);
    write("first\nhalf");
    expect(await first).toEqual({ done: false, value: { pod: "web-1-a", container: "web", lines: ["first"] } });
    const second = reader.next();
    write(" a line\n");
    expect((await second).value.lines).toEqual(["half a line"]);
    const last = reader.next();
    write(undefined);
    expect(await last).toEqual({ done: true, value: undefined });
  });

  test("wait at the kubelet while nobody reads, and are let go of when nobody wants them any more", async () => {
    let written = 0;
    const block = `${"x".repeat(1023)}\n`.repeat(64);
    kubelet.log = (response) => {
      const more = () => {
        while (!response.destroyed && written < 512 * 1024 * 1024) {
          written += block.length;
          if (!response.write(block)) return void response.once("drain", more);
        }
      };
      more();
    };
    const giveUp = new AbortController();
    const reader = ask({ target: "web-1-a", container: "web", follow: true }, giveUp.signal)[Symbol.asyncIterator]();
    await reader.next();
    let before = -1;
    await expect
      .poll(
        () => {
          const stands = written === before;
          before = written;
          return stands;
        },
        { interval: 300, timeout: 30_000 },
      )
      .toBe(true);
    // What sockets and proxies hold.
    expect(written).toBeLessThan(64 * 1024 * 1024);
    const next = reader.next().then(() => reader.next());
    giveUp.abort();
    await expect(next).rejects.toThrow("aborted");
    await expect.poll(() => kubelet.open()).toBe(0);
  });

  test("of one container may fail without the others, and say why", async () => {
    kubelet.log = (response, { container }) =>
      container === "web"
        ? void response.writeHead(400, { "content-type": "text/plain" }).end('container "web" is waiting to start')
        : void response.end("fine\n");
    const [proxy, web] = await all(ask({ target: "web-1-a" }));
    expect(proxy).toEqual({ pod: "web-1-a", container: "proxy", lines: ["fine"] });
    expect(web?.error).toContain("waiting to start");
  });

  test("are refused for what is not there, not the application's, or switched off", async () => {
    const refused = (given: Partial<LogsQuestion>, allowed = true) => all(ask(given, undefined, allowed));
    await expect(refused({ target: "foreign" })).rejects.toThrow("it has pods of deployment/web");
    await expect(refused({ container: "none" })).rejects.toThrow('None of the 2 pods has a container "none"');
    await expect(refused({ application: uniqueName() })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(refused({}, false)).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });
});
