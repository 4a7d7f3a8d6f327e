import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../controlplane/index.ts";
import { type FakeKubelet, startFakeKubelet } from "../fakes/fake-kubelet.ts";
import { inCheckout, run, until } from "../programs/index.ts";
import { programs } from "../setup.ts";
import { applicationYaml, configMap, fleetYaml } from "./files.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { dataOf } from "./live-objects.ts";

const agent = "system:serviceaccount:drover-system:test-drover-agent";
const everything = ["get", "list", "watch", "create", "patch", "delete"];

/** The chart's own role, and what the objects of this test need: nothing more is ever asked for. */
describe("an agent with few rights and no volume", () => {
  let plane: ControlPlane;
  let kubelet: FakeKubelet;
  let fleet: Fleet;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "drover-rights-"));
    [plane, kubelet] = await Promise.all([
      startControlPlane({ controllers: ["deployment-controller"], auditedUser: agent }),
      startFakeKubelet("edge"),
    ]);
    await plane.request({ method: "POST", path: "/api/v1/nodes", body: kubelet.node });
    const { helm } = await programs();
    await plane.kubectl(["create", "namespace", "drover-system"]);
    const values = {
      persistence: { secrets: true },
      rbac: {
        clusterAdmin: false,
        rules: [
          { apiGroups: [""], resources: ["configmaps", "secrets"], verbs: everything },
          { apiGroups: ["apps"], resources: ["deployments"], verbs: everything },
        ],
      },
    };
    const chart = ["template", "test", inCheckout("charts/agent"), "--namespace", "drover-system", "--values", "-"];
    const parts = ["serviceaccount", "rbac"].flatMap((part) => ["--show-only", `templates/${part}.yaml`]);
    await plane.kubectl(["apply", "--filename=-"], {
      input: await run(helm, [...chart, ...parts], { input: JSON.stringify(values) }),
    });
    const token = (await plane.kubectl(["create", "token", "test-drover-agent", "--namespace=drover-system"])).trim();
    const kubeconfig = join(folder, "kubeconfig");
    const config = JSON.parse(await plane.kubectl(["config", "view", "--raw", "--output=json"]));
    config.users[0].user = { token };
    writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
    await until("the role to be in effect", async () => {
      const answer = await plane.kubectl(["auth", "can-i", `--as=${agent}`, "patch", "deployments.apps"]);
      return answer.trim() === "yes" || undefined;
    });

    fleet = await startFleet({
      clusters: {},
      files: {
        "fleet.yaml": fleetYaml([{ name: "dev", branch: "main", labels: { environment: "dev" } }]),
        "apps/shop/application.yaml": applicationYaml("shop"),
        "apps/shop/settings.json": configMap("settings", { theme: "light" }),
        "apps/shop/old.json": configMap("old", {}),
        "apps/shop/web.json": JSON.stringify({
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "web", namespace: "default" },
          spec: {
            replicas: 0,
            selector: { matchLabels: { app: "web" } },
            template: {
              metadata: { labels: { app: "web" } },
              spec: { containers: [{ name: "web", image: "registry.invalid/web:1" }] },
            },
          },
        }),
      },
    });
    await fleet.join("small", { kubeconfig }, { environment: "dev" }, { data: "secret:test-drover-agent" });
  });

  afterAll(async () => {
    await fleet?.stop();
    await Promise.all([plane?.stop(), kubelet?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the API server refused to the agent since it started, of all that it asked. */
  function refused(): readonly string[] {
    const asked = plane.audited();
    expect(asked.length).toBeGreaterThan(0);
    return asked.filter(({ code }) => code === 403).map(({ verb, uri }) => `${verb} ${uri}`);
  }

  const settings = (theme: string) =>
    until(`the theme to be ${theme}`, async () => (await dataOf(plane, "settings"))?.["theme"] === theme || undefined);

  /** As it is in Secrets; changes with each save. */
  async function savedDrift(): Promise<string> {
    const list = await plane.kubectl(["get", "secrets", "--namespace=drover-system", "--output=json"]);
    const secrets = JSON.parse(list) as { items: { data?: { head?: string; value?: string } }[] };
    const heads = secrets.items.map(({ data }) => `${atob(data?.head ?? "")} ${data?.value ?? ""}`);
    return heads.filter((head) => head.startsWith('{"key":"document/drift-')).join("\n");
  }

  /** What people ask of the agent through the hub. */
  async function asked(path: string): Promise<string> {
    const { statusCode, body } = await request(`${fleet.http}/api/v1/environments/dev/${path}`, {
      headers: { authorization: `Bearer ${fleet.token}` },
    });
    const text = await body.text();
    expect({ statusCode, text }).toMatchObject({ statusCode: 200 });
    return text;
  }

  test("applies, corrects, prunes and answers; nothing that it asks for is forbidden", async () => {
    await fleet.healthy("dev", await fleet.work.head());
    await plane.kubectl(["patch", "configmap", "settings", "--type=merge", '--patch={"data":{"theme":"pink"}}']);
    await settings("light");
    await plane.kubectl(["scale", "deployment", "web", "--replicas=1"]);
    await until(
      "the scale to be taken back",
      async () =>
        (await plane.kubectl(["get", "deployment", "web", "--output=jsonpath={.spec.replicas}"])) === "0" || undefined,
    );
    await fleet.healthy("dev", await fleet.work.commit({ "apps/shop/old.json": null }, "Drop the old one"));
    await until("the old one to be pruned", async () => (await dataOf(plane, "old")) === undefined || undefined);
    expect(await asked("object?cluster=small&kind=ConfigMap&name=settings&namespace=default")).toContain("light");
    await until("the cluster to be found identical", async () =>
      (await asked("diff")).includes('"identical":1,"different":0,"failed":0') ? true : undefined,
    );
    expect(refused()).toEqual([]);
  });

  test("finds the pods of its objects, their logs and events; nothing that it asks for is forbidden", async () => {
    const set = await until("the Deployment's ReplicaSet", async () => {
      const { text } = await plane.request({ path: "/apis/apps/v1/namespaces/default/replicasets" });
      return (JSON.parse(text) as { items: { metadata: { name: string; uid: string } }[] }).items[0]?.metadata;
    });
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: set.name, uid: set.uid };
    const body = {
      metadata: { name: "web-1", labels: { app: "web" }, ownerReferences: [owner] },
      spec: { nodeName: "edge", containers: [{ name: "web", image: "registry.invalid/web:1" }] },
    };
    const made = await plane.request({ method: "POST", path: "/api/v1/namespaces/default/pods", body });
    const { metadata } = JSON.parse(made.text) as { metadata: { uid: string } };
    const event = {
      ...{ apiVersion: "v1", kind: "Event", metadata: { name: "web-1.1" }, type: "Warning", reason: "BackOff" },
      ...{ involvedObject: { kind: "Pod", namespace: "default", name: "web-1", uid: metadata.uid }, message: "Again" },
    };
    await plane.request({ method: "POST", path: "/api/v1/namespaces/default/events", body: event });
    kubelet.log = (response, { pod, container }) => response.end(`${pod} ${container} says hello\n`);

    const place = ["dev", "-c", "small", "-a", "shop"];
    expect((await fleet.drover("events", ...place)).stdout).toMatch(/Pod default\/web-1 +Warning +BackOff +Again/);
    expect((await fleet.drover("logs", ...place, "deployment/web", "--no-prefix")).stdout).toBe(
      "web-1 web says hello\n",
    );
    expect(refused()).toEqual([]);
  });

  test("killed, and started anew from nothing but its Secrets while the hub is down → heals drift, joined as before", async () => {
    await fleet.hub.kill();
    await fleet.agent("small").kill();
    const before = await savedDrift();
    await plane.kubectl(["patch", "configmap", "settings", "--type=merge", '--patch={"data":{"theme":"grey"}}']);
    await fleet.agent("small").start();
    await settings("light");
    // What it found meanwhile is not lost with the process either.
    await until("the drift to be in a Secret", async () => (await savedDrift()) !== before || undefined);
    await fleet.agent("small").kill();
    await fleet.agent("small").start();
    await fleet.hub.start();
    const drift = await until("the drift to be reported", async () =>
      (await fleet.list("drift", { cluster: "small" })).find(({ fields }) =>
        fields.some(({ live }) => live === "grey"),
      ),
    );
    expect(drift).toMatchObject({ state: "corrected", object: { kind: "ConfigMap", name: "settings" } });
    const revision = await fleet.work.commit(
      { "apps/shop/settings.json": configMap("settings", { theme: "dark" }) },
      "Go dark",
    );
    await fleet.healthy("dev", revision);
    expect(refused()).toEqual([]);
  });
});
