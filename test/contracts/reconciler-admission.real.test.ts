/** What only a real API server refuses or makes difficult: quotas, webhooks, policies, versions of definitions. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { LiveObject } from "../../agent/ports.ts";
import type { Manifest } from "../../common/domain/index.ts";
import { type ClusterHandle, createNamespace, customResourceDefinition, uniqueName } from "./kube-cluster.ts";
import { realCluster } from "./real-cluster.ts";
import { applyAs, configMap, createAs, edit, liveOf } from "./reconciler-objects.ts";
import { createStage, type ReconcilerStage } from "./reconciler-stage.ts";

let cluster: ClusterHandle;
let stage: ReconcilerStage;

beforeAll(async () => {
  cluster = await realCluster();
  stage = createStage(cluster);
});
afterEach(() => stage.stopAll());
afterAll(() => cluster.stop());

async function post(path: string, body: unknown): Promise<void> {
  const answer = await cluster.raw("POST", path, body);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
}

test("a full quota is shown with the object, which is written when there is room", async () => {
  const engine = await stage.start();
  const namespace = await createNamespace(cluster);
  const quota: Manifest = {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "small", namespace },
    spec: { hard: { "count/configmaps": "1" } },
  };
  await post(`/api/v1/namespaces/${namespace}/resourcequotas`, quota);
  const room = (hard: string, used: string) =>
    edit(
      cluster,
      quota,
      { status: { hard: { "count/configmaps": hard }, used: { "count/configmaps": used } } },
      "kube-controller-manager",
      "/status",
    );
  await room("1", "1");
  const refusal = async () => {
    const path = `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`;
    return JSON.stringify((await cluster.raw("POST", path, configMap(namespace, "try"))).body);
  };
  await expect.poll(refusal).toContain("exceeded quota: small");
  const secret: Manifest = { apiVersion: "v1", kind: "Secret", metadata: { name: "free", namespace } };
  const object = configMap(namespace, "a");
  await engine.assign({ applications: { shop: { objects: [object, secret] } } });
  expect(engine.reported.object(object)?.message).toContain("exceeded quota: small");
  expect(engine.reported.object(secret)).toMatchObject({ sync: "Synced" });
  await room("2", "1");
  await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
});

test("a webhook that cannot be reached, and a policy that denies, hold up nobody else", async () => {
  const engine = await stage.start();
  const [closed, denied, open] = [
    await createNamespace(cluster),
    await createNamespace(cluster),
    await createNamespace(cluster),
  ];
  const only = (namespace: string) => ({ matchLabels: { "kubernetes.io/metadata.name": namespace } });
  const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }];
  const webhook = {
    name: "unreachable.example.com",
    clientConfig: { url: "https://127.0.0.1:1/" },
    rules,
    namespaceSelector: only(closed),
    failurePolicy: "Fail",
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    timeoutSeconds: 1,
  };
  const admission = "/apis/admissionregistration.k8s.io/v1";
  const head = (kind: string) => ({ apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name: "no" } });
  await post(`${admission}/validatingwebhookconfigurations`, {
    ...head("ValidatingWebhookConfiguration"),
    webhooks: [webhook],
  });
  const spec = {
    failurePolicy: "Fail",
    matchConstraints: { resourceRules: rules },
    validations: [{ expression: "false", message: "not today" }],
  };
  await post(`${admission}/validatingadmissionpolicies`, { ...head("ValidatingAdmissionPolicy"), spec });
  const binding = {
    policyName: "no",
    validationActions: ["Deny"],
    matchResources: { namespaceSelector: only(denied) },
  };
  await post(`${admission}/validatingadmissionpolicybindings`, {
    ...head("ValidatingAdmissionPolicyBinding"),
    spec: binding,
  });
  const isDenied = async (namespace: string) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`;
    return (await cluster.raw("POST", path, configMap(namespace, "try"))).status !== 201;
  };
  await expect.poll(() => isDenied(denied)).toBe(true);
  await expect.poll(() => isDenied(closed)).toBe(true);

  const [one, two, three] = [configMap(closed, "a"), configMap(denied, "a"), configMap(open, "a")];
  await engine.assign({ applications: { shop: { objects: [one, two, three] } } });
  expect(engine.reported.object(one)?.message).toContain('failed calling webhook "unreachable.example.com"');
  expect(engine.reported.object(two)?.message).toContain("not today");
  expect(engine.reported.object(three)).toMatchObject({ sync: "Synced", health: "Healthy" });
  for (const path of ["validatingwebhookconfigurations", "validatingadmissionpolicybindings"]) {
    await cluster.raw("DELETE", `${admission}/${path}/no`);
  }
  await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
});

test("fields of managers in a version that cannot express them any more stand in nobody's way", async () => {
  const engine = await stage.start();
  const namespace = await createNamespace(cluster);
  const group = `${uniqueName("g")}.example.com`;
  const schema = (properties: object) => ({
    openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } },
  });
  const definition = customResourceDefinition(group, "Store", "stores");
  const old = { name: "v1beta1", served: true, storage: true, schema: schema({ url: { type: "string" } }) };
  const policy = { type: "string", default: "Retain" };
  const current = {
    name: "v1",
    served: true,
    storage: false,
    schema: schema({ url: { type: "string" }, policy }),
  };
  const versions = (...given: readonly object[]) => ({
    ...definition,
    spec: { ...(definition["spec"] as object), versions: given },
  });
  await applyAs(cluster, versions(old), "test");
  const served = async (version: string) => (await cluster.raw("GET", `/apis/${group}/${version}`)).status;
  await expect.poll(() => served("v1beta1")).toBe(200);
  const store = (version: string, spec: object): Manifest => ({
    apiVersion: `${group}/${version}`,
    kind: "Store",
    metadata: { name: "s", namespace },
    spec,
  });
  await applyAs(cluster, store("v1beta1", { url: "a" }), "drover");
  await createAs(cluster, { ...store("v1beta1", { url: "a" }), metadata: { name: "other", namespace } }, "x");
  await applyAs(cluster, versions({ ...old, storage: false }, { ...current, storage: true }), "test");
  await expect.poll(() => served("v1")).toBe(200);
  const wanted = store("v1", { url: "b", policy: "Delete" });
  await engine.assign({ applications: { shop: { objects: [wanted] } } });
  await expect.poll(() => engine.reported.object(wanted)).toMatchObject({ sync: "Synced" });
  const live = (await liveOf(cluster, wanted)) as LiveObject | undefined;
  expect(live).toMatchObject({ spec: { url: "b", policy: "Delete" } });
  expect(live?.metadata.managedFields?.map(({ apiVersion }) => apiVersion)).toEqual([`${group}/v1`]);
});
