import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { LogLines, LogsQuestion, Manifest } from "../../common/domain/index.ts";
import { createContainerLogs } from "../fakes/container-logs.ts";
import { uniqueName } from "./kube-cluster.ts";
import { type PodLogsStage, startPodLogs } from "./pod-logs-stage.ts";

/** From kubelets through a real API server: pods that come and go while their logs are followed. */
describe("logs that are followed", () => {
  let here: PodLogsStage;
  const stage = () => here;

  beforeAll(async () => {
    here = await startPodLogs();
  });
  afterAll(() => here.stop());
  // A test that failed follows no more.
  afterEach(() => {
    for (const each of following.splice(0)) each.abort();
  });
  const following: AbortController[] = [];

  /** Reads in the background; `text` is what a person would see, line by line. */
  function follow(given: Partial<LogsQuestion>) {
    const stopping = new AbortController();
    following.push(stopping);
    const read: LogLines[] = [];
    const answer = stage().ask({ follow: true, container: "web", ...given }, stopping.signal);
    const ended = (async () => {
      for await (const value of answer) read.push(value);
    })();
    ended.catch(() => undefined);
    const text = () =>
      read.flatMap(({ pod, lines, change, reason, error }) => [
        ...lines.map((line) => `${pod} ${line}`),
        ...(change === undefined ? [] : [`${pod} ${change}${reason === "" ? "" : `: ${reason}`}`]),
        ...(error === undefined ? [] : [`${pod} error ${error}`]),
      ]);
    const stop = async () => {
      stopping.abort();
      await expect(ended).rejects.toThrow("aborted");
      await expect.poll(() => stage().kubelet.open()).toBe(0);
    };
    return { text, ended, stop };
  }

  /** A Deployment with the logs of its pods in hand. */
  async function begin() {
    const logs = createContainerLogs();
    stage().kubelet.log = logs.log;
    const name = uniqueName("d");
    await stage().deployment(name);
    return { logs, name, target: `deployment/${name}` };
  }

  const own = (lines: readonly string[], pod: string) => lines.filter((line) => line.startsWith(`${pod} `));

  test("go on from the pods of one ReplicaSet to those of the next, and say so", async () => {
    const { logs, name, target } = await begin();
    const [one, two] = [`${name}-1-a`, `${name}-2-a`];
    const first = await stage().replicaSet(`${name}-1`, name);
    await stage().pod(one, [first]);
    await stage().status(one, { web: { id: "1" } });
    logs.write(`${one}/web`, "old", "newer");
    const { text, stop } = follow({ target, tail: 1 });
    await expect.poll(text).toEqual([`${one} joined`, `${one} newer`]);

    const second = await stage().replicaSet(`${name}-2`, name);
    await stage().pod(two, [second]);
    logs.write(`${two}/web`, "hello", "world");
    await stage().status(two, { web: { id: "2" } });
    await expect.poll(() => own(text(), two)).toEqual([`${two} joined`, `${two} hello`, `${two} world`]);
    logs.write(`${one}/web`, "bye");
    logs.end(`${one}/web`);
    await stage().status(one, { web: { id: "1", exitCode: 143 } });
    await stage().remove(one);
    await expect.poll(() => own(text(), one).slice(2)).toEqual([`${one} bye`, expect.stringMatching(/ ended: /)]);
    logs.write(`${two}/web`, "alone");
    await expect.poll(() => text().at(-1)).toBe(`${two} alone`);
    await stop();
  });

  test("have every line of containers that restart, once each, however fast", async () => {
    const { logs, name, target } = await begin();
    const pod = `${name}-a`;
    const web = `${pod}/web`;
    await stage().pod(pod, [await stage().replicaSet(name, name)]);
    await stage().status(pod, { web: { id: "0" } });
    const { text, stop } = follow({ target });
    logs.write(web, "first");
    await expect.poll(text).toEqual([`${pod} joined`, `${pod} first`]);

    logs.end(web);
    await stage().status(pod, { web: { id: "0", exitCode: 1, waiting: "CrashLoopBackOff" } });
    await expect
      .poll(() => text().slice(2))
      .toEqual([`${pod} ended: exit code 1: Error`, `${pod} waiting: CrashLoopBackOff`]);
    // Two runs between two looks: one is read as the run before.
    logs.restart(web);
    logs.write(web, "second");
    logs.end(web);
    logs.restart(web);
    logs.write(web, "third");
    await stage().status(pod, { web: { id: "2", restarts: 2, before: { id: "1", exitCode: 2 } } });
    await expect
      .poll(() => text().slice(4))
      .toEqual([
        `${pod} joined: restarted once`,
        `${pod} second`,
        `${pod} ended: exit code 2: Error`,
        `${pod} joined: restarted 2 times`,
        `${pod} third`,
      ]);
    for (const line of ["lost", "lost", "fourth"]) {
      logs.restart(web);
      logs.write(web, line);
    }
    await stage().status(pod, { web: { id: "5", restarts: 5 } });
    logs.end(web, 3);
    await expect
      .poll(() => text().slice(9))
      .toEqual([
        `${pod} ended: it is gone`,
        `${pod} error 2 runs were over too soon for their logs to be read`,
        `${pod} joined: restarted 5 times`,
        `${pod} fourth`,
      ]);
    await stop();
  });

  test("go on where a connection broke, even in the middle of a line, and lose nothing when the end falls into the gap", async () => {
    const { logs, name, target } = await begin();
    const pod = `${name}-a`;
    const web = `${pod}/web`;
    await stage().pod(pod, [await stage().replicaSet(name, name)]);
    await stage().status(pod, { web: { id: "1" } });
    const { text, stop } = follow({ target });
    const written: string[] = [];
    const write = (count: number) => {
      const lines = Array.from({ length: count }, (_, index) => `line ${written.length + index}`);
      written.push(...lines);
      logs.write(web, ...lines);
    };
    const all = () => [`${pod} joined`, ...written.map((line) => `${pod} ${line}`)];
    for (let round = 0; round < 2; round++) {
      write(7);
      await expect.poll(text).toEqual(all());
      logs.cut();
      write(4);
    }
    await expect.poll(text).toEqual(all());
    logs.cut();
    write(3);
    logs.end(web);
    await stage().status(pod, { web: { id: "1", exitCode: 0 } }, "Succeeded");
    await expect.poll(text).toEqual([...all(), `${pod} ended: exit code 0: Completed`]);
    await stop();
  });

  test("wait for pods that are to come, also of what is assigned later, and not for what is not there", async () => {
    const { logs, name, target } = await begin();
    const { text, stop } = follow({ target });
    await expect.poll(text).toEqual([" waiting: there are no pods"]);
    const pod = `${name}-a`;
    await stage().pod(pod, [await stage().replicaSet(name, name)]);
    await stage().status(pod, { web: { id: "", waiting: "ImagePullBackOff" } });
    await expect.poll(() => text().slice(1)).toEqual([`${pod} waiting: ImagePullBackOff`]);
    logs.write(`${pod}/web`, "at last");
    await stage().status(pod, { web: { id: "1" } });
    await expect.poll(() => text().slice(2)).toEqual([`${pod} joined`, `${pod} at last`]);
    await stop();
    await expect(follow({ target: "deployment/none" }).ended).rejects.toThrow('No pods of "deployment/none"');
  });

  test("end by themselves with a Job, and with a pod that was named", async () => {
    const { logs, name } = await begin();
    const job: Manifest = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name, namespace: stage().namespace },
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "web", image: "web:1" }] } } },
    };
    await stage().add(job);
    const path = `/apis/batch/v1/namespaces/${stage().namespace}/jobs/${name}`;
    const { uid } = await stage().read(path);
    const owner = { apiVersion: "batch/v1", kind: "Job", name, uid };
    const [one, two] = [`${name}-a`, `${name}-b`];
    await stage().pod(one, [owner]);
    await stage().status(one, { web: { id: "1" } });
    const whole = follow({ target: `job/${name}` });
    const single = follow({ target: one });
    logs.write(`${one}/web`, "tried");
    await expect.poll(() => [whole.text().length, single.text().length]).toEqual([2, 2]);
    logs.end(`${one}/web`);
    await stage().status(one, { web: { id: "1", exitCode: 1 } }, "Failed");
    await single.ended;
    await stage().pod(two, [owner]);
    logs.write(`${two}/web`, "done");
    logs.end(`${two}/web`);
    await stage().status(two, { web: { id: "2", exitCode: 0 } }, "Succeeded");
    await stage().endJob(job);
    await whole.ended;
    expect(single.text()).toEqual([`${one} joined`, `${one} tried`, `${one} ended: exit code 1: Error`]);
    expect(whole.text()).toEqual([
      ...single.text(),
      ...[`${two} joined`, `${two} done`, `${two} ended: exit code 0: Completed`],
    ]);
  });
});
