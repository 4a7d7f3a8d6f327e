import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { KubeClient } from "../../agent/ports.ts";
import { displayRef, type Manifest, refKey, refOf } from "../../common/domain/index.ts";
import { corpus } from "../corpus/index.ts";
import { type ClusterHandle, type MakeCluster, uniqueName } from "./kube-cluster.ts";
import { edit, liveOf } from "./reconciler-objects.ts";
import { createStage, type Engine, type ReconcilerStage } from "./reconciler-stage.ts";

/** Real-world objects, with controllers that default, fill in, scale and inject: none of it is drift. */
export function describeDriftCorpus(name: string, makeCluster: MakeCluster): void {
  describe(`drift of the corpus on ${name}`, () => {
    let cluster: ClusterHandle;
    let stage: ReconcilerStage;
    let objects: readonly Manifest[];
    let environment = "";
    const seen = new Map<string, string>();
    const applications = () => ({ shop: { objects } });

    beforeAll(async () => {
      cluster = await makeCluster();
      stage = createStage(cluster);
      objects = corpus(uniqueName("corpus"));
    });
    afterEach(() => stage?.stopAll());
    afterAll(() => cluster?.stop());

    async function start(): Promise<Engine> {
      const engine = await stage.start({
        ...(environment === "" ? {} : { environment }),
        wrap: (kube) => noting(kube, seen),
      });
      environment = engine.environment;
      await engine.assign({ applications: applications() });
      return engine;
    }

    function find(kind: string, named: string): Manifest {
      const found = objects.find((object) => object.kind === kind && object.metadata.name.endsWith(named));
      if (found === undefined) throw new Error(`The corpus has no ${kind} "${named}"`);
      return found;
    }

    /** What is said about objects that are not as they should be. */
    function complaints(engine: Engine): readonly string[] {
      return objects.flatMap((object) => {
        const status = engine.reported.object(object);
        const drift = engine.reported.drift(object);
        const what = displayRef(refOf(object));
        return [
          ...(status?.sync === "Synced" ? [] : [`${what}: ${status?.sync} ${status?.message}`]),
          ...(drift === undefined ? [] : [`${what}: ${drift.state} ${JSON.stringify(drift.fields)}`]),
        ];
      });
    }

    async function expectSilence(engine: Engine): Promise<void> {
      await engine.reconciler.idle();
      const { patch = 0, get = 0, delete: deletes = 0 } = engine.requests();
      expect({ patch, get, deletes, complaints: complaints(engine) }).toEqual({
        patch: 0,
        get: 0,
        deletes: 0,
        complaints: [],
      });
    }

    /** What others wrote to an object has reached the agent. */
    async function reached(engine: Engine, manifest: Manifest): Promise<void> {
      const { namespaced, plural } = await engine.kube.kindOf(manifest.apiVersion, manifest.kind);
      const { namespace, name: named } = manifest.metadata;
      const root = manifest.apiVersion.includes("/") ? "/apis" : "/api";
      const scope = namespaced ? `/namespaces/${namespace}` : "";
      const { body } = await cluster.raw("GET", `${root}/${manifest.apiVersion}${scope}/${plural}/${named}`);
      const written = (body as Manifest).metadata["resourceVersion"];
      await expect.poll(() => Number(seen.get(refKey(refOf(manifest))) ?? 0)).toBeGreaterThanOrEqual(Number(written));
    }

    test("has at least forty objects", () => {
      expect(objects.length).toBeGreaterThanOrEqual(40);
    });

    test("is applied with one write each, and what controllers do to it is no drift", async () => {
      const engine = await start();
      expect(complaints(engine)).toEqual([]);
      expect(engine.requests()["patch"]).toBeGreaterThanOrEqual(objects.length);
      const storefront = find("Deployment", "storefront");
      await expect.poll(async () => (await liveOf(cluster, storefront))?.["status"]).toMatchObject({ replicas: 2 });
      for (const object of objects) await reached(engine, object);
      await engine.reconciler.idle();
      engine.requests();
      await engine.assign({ generation: 2, applications: applications() });
      await expectSilence(engine);
    });

    test("stays silent while autoscalers, injectors and people write what is not ours", async () => {
      const engine = await start();
      engine.requests();
      const controller = "kube-controller-manager";
      await edit(cluster, find("Deployment", "autoscaled"), { spec: { replicas: 4 } }, controller, "/scale");
      for (const kind of ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"]) {
        const manifest = find(kind, objects.find((object) => object.kind === kind)?.metadata.name ?? "");
        const live = await liveOf(cluster, manifest);
        const webhooks = live?.["webhooks"] as { clientConfig: object }[];
        const injected = webhooks.map((webhook) => ({
          ...webhook,
          clientConfig: { ...webhook.clientConfig, caBundle: bundle },
        }));
        await edit(cluster, manifest, { webhooks: injected }, "cert-manager-cainjector");
      }
      const recommendation = {
        containerRecommendations: [{ containerName: "web", target: { cpu: "250m", memory: "262144k" } }],
      };
      await edit(
        cluster,
        find("VerticalPodAutoscaler", "storefront"),
        { status: { recommendation } },
        "recommender",
        "/status",
      );
      await edit(
        cluster,
        find("Service", "storefront"),
        { metadata: { annotations: { note: "mine" } } },
        "kubectl-annotate",
      );
      await edit(cluster, find("StatefulSet", "database"), { metadata: { labels: { team: "red" } } }, "kubectl-label");
      await edit(
        cluster,
        find("Ingress", "storefront"),
        { status: { loadBalancer: { ingress: [{ ip: "192.0.2.7" }] } } },
        "ingress-controller",
        "/status",
      );
      for (const object of objects) await reached(engine, object);
      await expectSilence(engine);
    });

    test("is only read by an agent that starts anew", async () => {
      const engine = await start();
      await expectSilence(engine);
      expect(engine.requests()["list"] ?? 0).toBe(0);
    });
  });
}

/** Remembers the newest version of each object that whoever watches has taken in. */
function noting(kube: KubeClient, seen: Map<string, string>): KubeClient {
  return {
    ...kube,
    async *watch(kind, options) {
      for await (const event of kube.watch(kind, options)) {
        yield event;
        for (const object of event.type === "listed" ? event.objects : [event.object]) {
          const ref = refOf({ ...object, apiVersion: kind.apiVersion, kind: kind.kind });
          seen.set(refKey(ref), object.metadata.resourceVersion);
        }
      }
    },
  };
}

const bundle = Buffer.from("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").toString("base64");
