import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FleetDiff } from "../../common/domain/index.ts";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { type FakeKubelet, startFakeKubelet } from "../fakes/fake-kubelet.ts";
import { inCheckout, until } from "../programs/index.ts";
import { createSimulatedClusters } from "../simulated-cluster/index.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";

const labels = { environment: "prod" };
const webPod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default" },
  spec: { nodeName: "node", containers: [{ name: "web", image: "web:1" }] },
};
const secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "key", namespace: "default" },
  stringData: { password: "hunter2" },
};

describe("people look into clusters through the hub", () => {
  let edge: ControlPlane;
  let kubelet: FakeKubelet;
  let simulated: Awaited<ReturnType<typeof createSimulatedClusters>>;
  let fleet: Fleet;
  const running = new Set<ChildProcess>();

  beforeAll(async () => {
    [edge, kubelet, simulated] = await Promise.all([
      startControlPlane(),
      startFakeKubelet("node"),
      createSimulatedClusters({ controllers: false }),
    ]);
    await edge.request({ method: "POST", path: "/api/v1/nodes", body: kubelet.node });
    fleet = await startFleet({
      clusters: { edge: { plane: edge, labels } },
      files: {
        "fleet.yaml": fleetYaml([{ name: "prod", branch: "main", labels }]),
        "apps/shop/application.yaml": applicationYaml("shop", { drift: { mode: "report" } }),
        "apps/shop/settings.json": configMap("settings", { theme: "light" }),
        "apps/shop/limits.json": configMap("limits", { max: "10" }),
        "apps/shop/secret.json": JSON.stringify(secret),
        "apps/web/application.yaml": applicationYaml("web"),
        "apps/web/pod.json": JSON.stringify(webPod),
      },
    });
    for (const name of ["sim-1", "sim-2"]) await fleet.join(name, await simulated.add(name), labels);
    await synced(await fleet.work.head());
    await webIs("Running", { running: { startedAt: "2026-01-01T00:00:00Z" } });
  });
  afterEach(() => {
    for (const child of running) child.kill("SIGKILL");
    running.clear();
  });
  afterAll(async () => {
    await fleet?.stop();
    await Promise.all([edge?.stop(), kubelet?.stop(), simulated?.close()]);
  });

  async function synced(revision: string): Promise<void> {
    const words = ["environment/prod", "--for", "synced", "--revision", revision, "--timeout", "60s"];
    const { code, stderr } = await fleet.drover("wait", ...words);
    if (code !== 0) throw new Error(stderr);
  }

  /** What a kubelet says of the pod. */
  async function webIs(phase: string, state: object): Promise<void> {
    const container = { name: "web", image: "web:1", imageID: "", ready: false, restartCount: 0, containerID: "web-1" };
    const body = { status: { phase, containerStatuses: [{ ...container, state }] } };
    const path = "/api/v1/namespaces/default/pods/web/status";
    await edge.request({ method: "PATCH", path, body, contentType: "application/merge-patch+json" });
  }

  async function diff(...args: readonly string[]): Promise<FleetDiff> {
    const { stdout, stderr } = await fleet.drover("diff", "prod", ...args, "-o", "json");
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout) as FleetDiff;
  }

  /** The CLI in the background. */
  function follow(...args: readonly string[]) {
    const child = spawn(process.execPath, [inCheckout("dist/drover.js"), ...args], {
      env: { ...process.env, DROVER_URL: fleet.http, DROVER_TOKEN: fleet.token },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    const text = { out: "", err: "" };
    child.stdout?.setEncoding("utf8").on("data", (more: string) => (text.out += more));
    child.stderr?.setEncoding("utf8").on("data", (more: string) => (text.err += more));
    const ended = once(child, "close");
    return { child, ended, output: () => text.out, errors: () => text.err };
  }

  const logs = ["logs", "prod", "-c", "edge", "-a", "web", "--follow", "--no-prefix"] as const;

  test("what a pushed commit would do everywhere is answered in groups, and nothing is done", async () => {
    const { work } = fleet;
    const before = await work.head();
    // On one cluster somebody did by hand already what the commit does.
    await edge.kubectl(["patch", "configmap", "settings", "--type=merge", '--patch={"data":{"theme":"dark"}}']);
    await work.switchTo("next");
    const revision = await work.commit(
      { "apps/shop/settings.json": configMap("settings", { theme: "dark" }) },
      "Go dark",
    );
    const found = await until("the edit to be known", async () => {
      const now = await diff("--revision", revision.slice(0, 12));
      return now.summary.identical === 1 ? now : undefined;
    });
    expect(found).toMatchObject({
      environment: "prod",
      revision,
      summary: { identical: 1, different: 2, failed: 0, unknown: 0 },
      groups: [
        {
          state: "different",
          clusters: ["sim-1", "sim-2"],
          errors: [],
          objects: [
            {
              action: "change",
              application: "shop",
              name: "settings",
              fields: [{ path: "data.theme", before: "light", after: "dark" }],
            },
          ],
        },
        { state: "identical", clusters: ["edge"], objects: [], errors: [] },
      ],
      unknown: [],
    });
    const text = await fleet.drover("diff", "prod", "--revision", revision);
    expect(text.stdout).toContain("On 2 clusters: sim-1, sim-2:\n  ~ ConfigMap default/settings");
    expect(text.stdout.trimEnd()).toMatch(/1 identical, 2 differ$/);
    // Against what is assigned, the edit is what differs.
    expect((await diff("-c", "edge")).groups[0]?.objects[0]?.fields).toEqual([
      { path: "data.theme", before: "dark", after: "light" },
    ]);
    const [environment] = await fleet.list("environments");
    expect(environment?.revision).toBe(before);
  });

  test("a commit that cannot be used says where in it, for each cluster", async () => {
    const files = { "apps/shop/limits.json": '{\n  "apiVersion": "v1",\n  "kind": 5\n}\n' };
    const revision = await fleet.work.commit(files, "Break");
    const { summary, groups } = await diff("--revision", revision);
    expect(summary.failed).toBe(3);
    expect(
      groups.flatMap(({ errors }) => errors).every(({ message }) => message.startsWith("apps/shop/limits.json:")),
    ).toBe(true);
  });

  test("clusters that do not answer are unknown, and named", async () => {
    await fleet.agent("sim-2").kill();
    await until("the loss to be seen", async () => (await diff()).summary.unknown === 1 || undefined);
    const { code, stdout } = await fleet.drover("diff", "prod");
    expect([code, stdout]).toEqual([1, expect.stringContaining('Unknown: sim-2: Cluster "sim-2" is not connected')]);
    const events = await fleet.drover("events", "prod");
    expect([events.code, events.stderr]).toEqual([1, expect.stringContaining("'drover get clusters sim-2'")]);
    await fleet.agent("sim-2").start();
    await until("it to be back", async () => (await diff()).summary.unknown === 0 || undefined);
  });

  test("a Secret is shown without its values", async () => {
    const { stdout } = await fleet.drover("show", "secret", "key", "-e", "prod", "-c", "edge");
    expect(stdout).toContain('password: "***"');
    const unknown = await fleet.drover("show", "secret", "nothing", "-e", "prod", "-c", "edge");
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("drover get objects -e prod -c edge")]);
  });

  test("logs are followed until the container ends, the person leaves, or the agent is lost", async () => {
    let end: () => void = () => undefined;
    kubelet.log = (response) => {
      response.write("started\n");
      end = () => response.end("over\n");
    };
    const first = follow(...logs);
    await until("the first line", () => first.output().includes("started") || undefined);
    await webIs("Succeeded", { terminated: { containerID: "web-1", exitCode: 0, reason: "Completed" } });
    end();
    expect(await first.ended).toEqual([0, null]);
    expect(first.output()).toBe("started\nover\n");
    expect(first.errors()).toBe("web/web: joined\nweb/web: ended: exit code 0: Completed\n");
    await webIs("Running", { running: { startedAt: "2026-01-01T00:00:00Z" } });

    const second = follow(...logs);
    await until("the first line", () => second.output().includes("started") || undefined);
    second.child.kill("SIGINT");
    expect(await second.ended).toEqual([0, null]);
    await until("the kubelet to be let go of", () => kubelet.open() === 0 || undefined);

    const third = follow(...logs);
    await until("the first line", () => third.output().includes("started") || undefined);
    await fleet.agent("edge").kill();
    expect(await third.ended).toEqual([1, null]);
    expect(third.errors()).toContain('Lost cluster "edge" before it had answered');
    await fleet.agent("edge").start();
    await until("it to be back", async () => (await diff("-c", "edge")).summary.unknown === 0 || undefined);
  });

  test("a reader that stands still holds up neither reports nor memory", async () => {
    let written = 0;
    const block = `${"x".repeat(1023)}\n`.repeat(64);
    kubelet.log = (response) => {
      const more = () => {
        while (!response.destroyed && written < 1024 * 1024 * 1024) {
          written += block.length;
          if (!response.write(block)) return void response.once("drain", more);
        }
      };
      more();
    };
    const stalled = follow(...logs);
    stalled.child.stdout?.pause();
    await until("it to stand", async () => {
      const before = written;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return (before > 0 && written === before) || undefined;
    });
    expect(written).toBeLessThan(128 * 1024 * 1024);
    await fleet.work.switchTo("main");
    const files = { "apps/shop/limits.json": configMap("limits", { max: "20" }) };
    const revision = await fleet.work.commit(files, "Raise the limit");
    await until("the report from behind the log", async () => {
      const [application] = await fleet.list("applications", { cluster: "edge", application: "shop" });
      return application?.revision === revision || undefined;
    });
    stalled.child.kill("SIGKILL");
    await until("the kubelet to be let go of", () => kubelet.open() === 0 || undefined);
  });

  test("events are listed", async () => {
    const uid = await edge.kubectl(["get", "pod", "web", "--output=jsonpath={.metadata.uid}"]);
    const body = {
      ...{ apiVersion: "v1", kind: "Event", metadata: { name: "web.1" }, type: "Warning", reason: "BackOff" },
      ...{ involvedObject: { kind: "Pod", namespace: "default", name: "web", uid }, message: "Back-off restarting" },
    };
    await edge.request({ method: "POST", path: "/api/v1/namespaces/default/events", body });
    const { stdout } = await fleet.drover("events", "prod", "-c", "edge", "-a", "web");
    expect(stdout).toMatch(/edge +web +Pod default\/web +Warning +BackOff +Back-off restarting/);
  });
});
