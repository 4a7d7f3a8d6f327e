import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { type ClusterHandle, createNamespace, customResourceDefinition, uniqueName } from "./kube-cluster.ts";
import { realCluster } from "./real-cluster.ts";
import { configMap, liveOf, namespaceOf } from "./reconciler-objects.ts";
import { createStage, type ReconcilerStage } from "./reconciler-stage.ts";

const patient = { timeout: 30_000, interval: 50 };

interface Wrong {
  readonly title: string;
  /** In a namespace that is there. */
  readonly object: (namespace: string) => Manifest;
  readonly says: string;
  /** What makes it good: another content of the same object, or something that happens in the cluster. */
  readonly cure: Readonly<Record<string, unknown>> | ((cluster: ClusterHandle, object: Manifest) => Promise<unknown>);
}

const ciphertext = "ENC[AES256_GCM,data:c2VjcmV0,iv:aXY=,tag:dGFn,type:str]";

function secret(namespace: string, fields: Readonly<Record<string, unknown>>): Manifest {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "password", namespace }, ...fields };
}

const wrong: readonly Wrong[] = [
  {
    title: "a Secret that SOPS encrypted",
    object: (namespace) =>
      secret(namespace, { stringData: { a: ciphertext }, sops: { mac: ciphertext, version: "3.9.0" } }),
    says: "it is encrypted with SOPS (sops) and there is no key here: what is not decrypted is never applied",
    cure: { stringData: { a: "plain" } },
  },
  {
    title: "a Secret with ciphertext, of which somebody took SOPS' own field",
    object: (namespace) => secret(namespace, { stringData: { a: ciphertext } }),
    says: "it is encrypted with SOPS (stringData.a)",
    cure: { stringData: { a: "plain" } },
  },
  {
    title: "an object that is too large for its kind",
    object: (namespace) => configMap(namespace, "large", { text: "x".repeat(1_100_000) }),
    says: "Too long: may not be more than 1048576 bytes",
    cure: { data: { text: "x" } },
  },
  {
    title: "an object that is too large for the API server",
    object: (namespace) => configMap(namespace, "larger", { text: "x".repeat(3_200_000) }),
    says: "it is larger than what a cluster can keep, about 1.5 MB",
    cure: { data: { text: "x" } },
  },
  {
    title: "an object with too many annotations",
    object: (namespace) => ({
      ...configMap(namespace, "noted"),
      metadata: { name: "noted", namespace, annotations: { text: "x".repeat(270_000) } },
    }),
    says: "metadata.annotations: Too long: may not be more than 262144 bytes",
    cure: { metadata: { annotations: { text: "x" } } },
  },
  {
    title: "an object of an unknown kind",
    object: (namespace) => ({
      apiVersion: `${uniqueName("g")}.example.com/v1`,
      kind: "Widget",
      metadata: { name: "w", namespace },
      spec: {},
    }),
    says: "cannot find kind Widget",
    cure: (cluster, { apiVersion }) =>
      cluster.raw(
        "POST",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        customResourceDefinition(apiVersion.slice(0, -3), "Widget", "widgets"),
      ),
  },
  {
    title: "an object in a namespace that does not exist",
    object: () => configMap(uniqueName("absent"), "homeless"),
    says: "not found",
    cure: (cluster, { metadata }) => cluster.raw("POST", "/api/v1/namespaces", namespaceOf(metadata.namespace ?? "")),
  },
  {
    title: "an object whose name no API server takes",
    object: (namespace) => configMap(namespace, "Not_A_Name"),
    says: 'metadata.name: Invalid value: "Not_A_Name"',
    cure: { metadata: { name: "a-name" } },
  },
];

/** Each is named, has a state, stops nobody else, and becomes good by itself once it can. */
describe("wrong input on a real control plane", () => {
  let cluster: ClusterHandle;
  let stage: ReconcilerStage;

  beforeAll(async () => {
    cluster = await realCluster();
    stage = createStage(cluster);
  });
  afterEach(() => stage?.stopAll());
  afterAll(() => cluster?.stop());

  test.each(wrong)("$title", async ({ object, says, cure }) => {
    const namespace = await createNamespace(cluster);
    const engine = await stage.start();
    const [bad, good, other] = [object(namespace), configMap(namespace, "good"), configMap(namespace, "other")];
    const others = { neighbour: { objects: [other] } };
    await engine.assign({
      applications: { shop: { objects: [bad, good] }, ...others },
      source: "apps/shop/all.yaml:7",
    });

    const status = engine.reported.object(bad);
    expect(status).toMatchObject({ sync: "OutOfSync", health: "Missing" });
    expect(status?.message).toContain(says);
    expect(status?.message).toContain("(apps/shop/all.yaml:7)");
    expect(status?.message).not.toContain(ciphertext);
    expect(await liveOf(cluster, bad)).toBeUndefined();
    expect(engine.reported.object(good)).toMatchObject({ sync: "Synced", health: "Healthy" });
    expect(engine.reported.application("neighbour")).toMatchObject({ sync: "Synced", health: "Healthy" });
    expect(engine.reported.application("shop")).toMatchObject({ sync: "OutOfSync", health: "Missing" });
    expect(engine.reported.application("shop")?.message).toContain(says);

    if (typeof cure === "function") await cure(cluster, bad);
    else {
      const { metadata, ...fields } = cure;
      const cured = { ...bad, sops: undefined, ...fields, metadata: { ...bad.metadata, ...(metadata as object) } };
      const mended = JSON.parse(JSON.stringify(cured)) as Manifest;
      await engine.assign({ generation: 2, applications: { shop: { objects: [mended, good] }, ...others } });
    }
    await expect.poll(() => engine.reported.phases().at(-1), patient).toMatch("healthy");
    expect(engine.reported.application("shop")).toMatchObject({ sync: "Synced", health: "Healthy", message: "" });
  });

  test("a Secret that is encrypted from now on keeps what it was, and is not pruned", async () => {
    const namespace = await createNamespace(cluster);
    const engine = await stage.start();
    const plain = secret(namespace, { stringData: { a: "plain" } });
    await engine.assign({ applications: { shop: { objects: [plain] } } });
    const before = await liveOf(cluster, plain);
    const encrypted = secret(namespace, { stringData: { a: ciphertext }, sops: { mac: ciphertext } });
    await engine.assign({ generation: 2, applications: { shop: { objects: [encrypted] } } });
    expect(engine.reported.object(plain)).toMatchObject({ sync: "OutOfSync", health: "Healthy" });
    expect(await liveOf(cluster, plain)).toEqual(before);
  });

  test("two objects with the same key stop their application, and no other", async () => {
    const namespace = await createNamespace(cluster);
    const engine = await stage.start();
    const [one, two, other] = [
      configMap(namespace, "same", { from: "one" }),
      configMap(namespace, "same", { from: "two" }),
      configMap(namespace, "other"),
    ];
    await engine.assign({ applications: { shop: { objects: [one, two] }, neighbour: { objects: [other] } } });
    expect(engine.reported.application("shop")).toMatchObject({
      sync: "OutOfSync",
      message: expect.stringContaining(`Has ConfigMap ${namespace}/same twice`),
    });
    expect(await liveOf(cluster, one)).toBeUndefined();
    expect(engine.reported.application("neighbour")).toMatchObject({ sync: "Synced", health: "Healthy" });
    await engine.assign({ generation: 2, applications: { shop: { objects: [two] }, neighbour: { objects: [other] } } });
    await expect.poll(async () => (await liveOf(cluster, two))?.["data"], patient).toEqual({ from: "two" });
  });
});
