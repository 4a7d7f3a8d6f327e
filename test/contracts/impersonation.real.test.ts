import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type ClusterHandle, createNamespace, uniqueName } from "./kube-cluster.ts";
import { realCluster } from "./real-cluster.ts";
import { configMap, edit, liveOf, namespaceOf } from "./reconciler-objects.ts";
import { createStage, type ReconcilerStage } from "./reconciler-stage.ts";
import { createServiceAccount, grant, tokenOf, writeKubeconfig } from "./service-account.ts";

const patient = { timeout: 30_000, interval: 50 };
const agent = "drover-system/drover-agent";
const write = { apiGroups: [""], resources: ["configmaps"], verbs: ["create", "patch", "delete"] };

/** An agent that may look at everything and change nothing but its inventory, except as somebody else. */
describe("an application's service account", () => {
  let cluster: ClusterHandle;
  let stage: ReconcilerStage;
  let folder: string;
  let kubeconfig: string;

  beforeAll(async () => {
    cluster = await realCluster();
    stage = createStage(cluster);
    folder = await mkdtemp(join(tmpdir(), "drover-impersonation-"));
    await cluster.raw("POST", "/api/v1/namespaces", namespaceOf("drover-system"));
    await createServiceAccount(cluster, agent);
    await grant(cluster, agent, {
      name: "drover-agent",
      in: "drover-system",
      rules: [{ ...write, verbs: ["get", "list", "watch", ...write.verbs] }],
    });
    await grant(cluster, agent, {
      name: "drover-agent",
      in: "",
      rules: [
        { apiGroups: ["", "apiextensions.k8s.io"], resources: ["*"], verbs: ["get", "list", "watch"] },
        { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["impersonate"], resourceNames: ["deployer"] },
      ],
    });
    kubeconfig = await writeKubeconfig(cluster, join(folder, "agent"), { token: await tokenOf(cluster, agent) });
  });
  afterEach(() => stage?.stopAll());
  afterAll(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("is who applies, corrects and prunes; without it the agent may do none of that", async () => {
    const namespace = await createNamespace(cluster);
    const serviceAccount = `${namespace}/deployer`;
    await createServiceAccount(cluster, serviceAccount);
    await grant(cluster, serviceAccount, { name: "deploy", in: namespace, rules: [write] });
    const engine = await stage.start({ kubeconfig });
    const [web, old] = [configMap(namespace, "web"), configMap(namespace, "old")];
    const policy = { serviceAccount };
    await engine.assign({ applications: { shop: { objects: [web, old], policy } } });
    expect(engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);

    await edit(cluster, web, { data: { key: "changed" } });
    await expect.poll(async () => (await liveOf(cluster, web))?.["data"], patient).toEqual({ key: "1" });

    await engine.assign({ generation: 2, applications: { shop: { objects: [web], policy } } });
    await expect.poll(() => liveOf(cluster, old), patient).toBeUndefined();

    // A vanished application is taken apart with the rights that it was made with, also by the next agent.
    await engine.stop();
    const next = await stage.start({ kubeconfig, environment: engine.environment });
    await next.assign({ generation: 3, applications: {} });
    await expect.poll(() => liveOf(cluster, web), patient).toBeUndefined();

    await next.assign({ generation: 4, applications: { shop: { objects: [web] } } });
    expect(next.reported.object(web)?.message).toContain(
      `User "system:serviceaccount:drover-system:drover-agent" cannot patch resource "configmaps"`,
    );
  });

  test("that lacks a right is named with the verb, per object; the others go on, and it works once granted", async () => {
    const [own, foreign] = [await createNamespace(cluster), await createNamespace(cluster)];
    const serviceAccount = `${own}/deployer`;
    await createServiceAccount(cluster, serviceAccount);
    await grant(cluster, serviceAccount, { name: "deploy", in: own, rules: [write] });
    const engine = await stage.start({ kubeconfig });
    const [allowed, denied] = [configMap(own, "web"), configMap(foreign, "web")];
    await engine.assign({ applications: { shop: { objects: [allowed, denied], policy: { serviceAccount } } } });
    expect(engine.reported.object(allowed)).toMatchObject({ sync: "Synced", health: "Healthy" });
    expect(engine.reported.object(denied)).toMatchObject({ sync: "OutOfSync", health: "Missing" });
    const message = engine.reported.object(denied)?.message ?? "";
    expect(message).toContain(`as service account ${serviceAccount}`);
    expect(message).toContain(`cannot patch resource "configmaps" in API group "" in the namespace "${foreign}"`);

    await grant(cluster, serviceAccount, { name: uniqueName("deploy"), in: foreign, rules: [write] });
    await expect.poll(() => engine.reported.phases(), patient).toEqual(["applied 1", "healthy 1"]);
  });

  test("that the agent may not act as is named, too", async () => {
    const namespace = await createNamespace(cluster);
    const engine = await stage.start({ kubeconfig });
    const web = configMap(namespace, "web");
    const policy = { serviceAccount: `${namespace}/admin` };
    await engine.assign({ applications: { shop: { objects: [web], policy } } });
    expect(engine.reported.object(web)?.message).toContain(
      `serviceaccounts "admin" is forbidden: User "system:serviceaccount:drover-system:drover-agent" cannot impersonate`,
    );
  });
});
