import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogLines, LogsQuestion } from "../../common/domain/index.ts";
import type { FakeKubelet } from "../fakes/fake-kubelet.ts";
import { uniqueName } from "./kube-cluster.ts";
import { type PodLogsStage, startPodLogs } from "./pod-logs-stage.ts";

/** From a kubelet through a real API server: the way that logs take. */
describe("logs of an application's pods", () => {
  let stage: PodLogsStage;
  let kubelet: FakeKubelet;

  beforeAll(async () => {
    stage = await startPodLogs();
    kubelet = stage.kubelet;
    const set = await stage.replicaSet("web-1");
    for (const name of ["web-1-a", "web-1-b"]) {
      await stage.pod(name, [set]);
      await stage.status(name, { web: { id: `${name}-web` }, proxy: { id: `${name}-proxy` } });
    }
    await stage.pod("foreign", []);
  });
  afterAll(() => stage.stop());

  const ask = (...args: Parameters<PodLogsStage["ask"]>) => stage.ask(...args);

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
    // It joined; then come lines.
    await reader.next();
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
