import { describe, expect, test } from "vitest";
import type { DriftRule, Manifest } from "../../common/domain/index.ts";
import { createNamespace } from "./kube-cluster.ts";
import { applyAs, configMap, deployment, edit, hasField, liveOf } from "./reconciler-objects.ts";
import type { Engine, ReconcilerStage } from "./reconciler-stage.ts";

function ignoring(paths: readonly string[], target: Partial<DriftRule["target"]> = {}): DriftRule {
  return { target: { group: "", kind: "", namespace: "", name: "", ...target }, paths, managers: [] };
}

/** A Deployment as the API server has it: what tests look at. */
interface LiveDeployment extends Manifest {
  readonly spec: {
    readonly replicas: number;
    readonly minReadySeconds?: number;
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly annotations?: object };
      readonly spec: { readonly containers: readonly { readonly image: string }[] };
    };
  };
}

type Spec = Readonly<Record<string, unknown>>;

/** The Deployment "web" with more in its spec. */
function web(namespace: string, more: Spec = {}, annotations?: object): Manifest {
  const base = deployment(namespace, "web") as Manifest & { spec: { template: { metadata: object; spec: object } } };
  const metadata = { ...base.spec.template.metadata, ...(annotations && { annotations }) };
  return { ...base, spec: { ...base.spec, template: { ...base.spec.template, metadata }, ...more } };
}

/** What another manager applies of it. */
function partOf(namespace: string, spec: Spec): Manifest {
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace }, spec };
}

/** Who may change ignored fields, and what becomes of them when they do: the lifecycles that Flux's own suite tells apart. */
export function describeDriftLifecycle(stage: () => ReconcilerStage): void {
  const live = async (manifest: Manifest) => (await liveOf(stage().cluster, manifest)) as LiveDeployment | undefined;

  /** Assigns the next generation and waits for it to be written. */
  function assigner(engine: Engine, driftIgnore: readonly DriftRule[]) {
    let generation = 0;
    return (object: Manifest, rules = driftIgnore) =>
      engine.assign({
        generation: ++generation,
        applications: { shop: { objects: [object], policy: { driftIgnore: rules } } },
      });
  }

  async function begin(paths: readonly string[]) {
    const { cluster } = stage();
    const engine = await stage().start();
    return { cluster, engine, namespace: await createNamespace(cluster), assign: assigner(engine, [ignoring(paths)]) };
  }

  describe("drift rules, field by field", () => {
    test("OptionalFields: others take them by server-side apply, ours are given up with the next write, and nothing is written twice", async () => {
      const { cluster, engine, namespace, assign } = await begin([
        "/spec/replicas",
        "/spec/template/metadata/annotations",
      ]);
      const scrape = { "example.com/scrape": "true" };
      await assign(web(namespace, {}, scrape));
      const created = await live(web(namespace));
      expect(created?.spec.replicas).toBe(2);
      expect(hasField(created, "drover", "f:replicas")).toBe(true);

      await applyAs(cluster, partOf(namespace, { replicas: 5 }), "vpa-controller");
      const annotated = { template: { metadata: { annotations: { "example.com/scrape": "false" } } } };
      await applyAs(cluster, partOf(namespace, annotated), "monitoring");
      await assign(web(namespace, { minReadySeconds: 10 }, scrape));
      const shared = await live(web(namespace));
      expect(shared?.spec).toMatchObject({ replicas: 5, minReadySeconds: 10, ...annotated });
      expect(hasField(shared, "drover", "f:replicas")).toBe(false);
      expect(hasField(shared, "drover", "f:example.com/scrape")).toBe(false);
      expect(engine.reported.drift(shared as Manifest)).toBeUndefined();

      engine.requests();
      await assign(web(namespace, { minReadySeconds: 10 }, scrape));
      expect(engine.requests()["patch"] ?? 0).toBe(0);
      // Nobody has it any more: what was asked for holds again with the next write.
      await applyAs(cluster, partOf(namespace, {}), "vpa-controller");
      await assign(web(namespace, { minReadySeconds: 11 }, scrape));
      expect((await live(web(namespace)))?.spec).toMatchObject({ replicas: 2, minReadySeconds: 11 });
    });

    test("ImmutableField: one that nobody changed stays in what is applied, and one that another has too does no harm", async () => {
      const { cluster, engine, namespace, assign } = await begin(["/spec/selector"]);
      await assign(web(namespace));
      await assign(web(namespace, { minReadySeconds: 7 }));
      expect(hasField(await live(web(namespace)), "drover", "f:selector")).toBe(true);
      await applyAs(cluster, partOf(namespace, { selector: { matchLabels: { app: "web" } } }), "selector-controller");
      await assign(web(namespace, { minReadySeconds: 8 }));
      const after = await live(web(namespace));
      expect(after?.spec).toMatchObject({ minReadySeconds: 8, selector: { matchLabels: { app: "web" } } });
      expect(engine.reported.object(after as Manifest)).toMatchObject({ sync: "Synced" });
    });

    test("RequiredMutableField: an image that another sets stays, in an object that could not be without one", async () => {
      const { cluster, engine, namespace, assign } = await begin(["/spec/template/spec/containers/0/image"]);
      await assign(web(namespace));
      const containers = [{ name: "web", image: "registry.invalid/web:theirs" }];
      await applyAs(cluster, partOf(namespace, { template: { spec: { containers } } }), "image-updater");
      await assign(web(namespace, { minReadySeconds: 5 }));
      const after = await live(web(namespace));
      expect(after?.spec.template.spec.containers).toMatchObject([{ image: "registry.invalid/web:theirs" }]);
      expect(after?.spec.minReadySeconds).toBe(5);
      expect(engine.reported.object(after as Manifest)).toMatchObject({ sync: "Synced" });
    });

    test("SelectorAndPaths: only objects that the rule is for, only its paths", async () => {
      const { cluster } = stage();
      const engine = await stage().start();
      const namespace = await createNamespace(cluster);
      const names = ["cache-a", "cache-b", "other"];
      const maps = names.map((name) => configMap(namespace, name, { left: "1", right: "1" }));
      const driftIgnore = [ignoring(["/data/left"], { kind: "ConfigMap", namespace, name: "cache-.*" })];
      await engine.assign({ applications: { shop: { objects: maps, policy: { driftIgnore } } } });
      for (const map of maps) await edit(cluster, map, { data: { left: "2", right: "2" } });
      const data = async () => Promise.all(maps.map(async (map) => (await liveOf(cluster, map))?.["data"]));
      await expect.poll(data).toEqual([
        { left: "2", right: "1" },
        { left: "2", right: "1" },
        { left: "1", right: "1" },
      ]);
    });

    test("CreateSkipsIgnore: an object that is not there is made with all of its fields, and so is one that was deleted", async () => {
      const { cluster, namespace, assign } = await begin(["/spec/replicas"]);
      await assign(web(namespace));
      await edit(cluster, web(namespace), { spec: { replicas: 9 } }, "autoscaler", "/scale");
      await cluster.raw("DELETE", `/apis/apps/v1/namespaces/${namespace}/deployments/web`);
      await expect.poll(async () => (await live(web(namespace)))?.spec.replicas).toBe(2);
      expect(hasField(await live(web(namespace)), "drover", "f:replicas")).toBe(true);
    });

    test("NonIgnoredFieldDrift: is put right, and the ignored field beside it stays", async () => {
      const { cluster, engine, namespace, assign } = await begin(["/spec/replicas"]);
      await assign(web(namespace, { minReadySeconds: 3 }));
      await edit(cluster, web(namespace), { spec: { replicas: 6, minReadySeconds: 30 } });
      await expect.poll(async () => (await live(web(namespace)))?.spec.minReadySeconds).toBe(3);
      await engine.reconciler.idle();
      expect((await live(web(namespace)))?.spec.replicas).toBe(6);
      expect(engine.reported.drift(web(namespace))?.fields).toMatchObject([{ path: "spec.minReadySeconds" }]);
    });

    test("TwoPhaseOwnershipLifecycle: without the rule it is corrected, with it given up, without it taken back", async () => {
      const { cluster, engine, namespace, assign } = await begin(["/spec/replicas"]);
      await assign(web(namespace), []);
      await applyAs(cluster, partOf(namespace, { replicas: 5 }), "autoscaler");
      await expect.poll(async () => (await live(web(namespace)))?.spec.replicas).toBe(2);
      await engine.reconciler.idle();
      await assign(web(namespace));
      await applyAs(cluster, partOf(namespace, { replicas: 6 }), "autoscaler");
      await assign(web(namespace, { minReadySeconds: 1 }));
      expect((await live(web(namespace)))?.spec.replicas).toBe(6);
      expect(hasField(await live(web(namespace)), "drover", "f:replicas")).toBe(false);
      await assign(web(namespace, { minReadySeconds: 1 }), []);
      const back = await live(web(namespace));
      expect(back?.spec.replicas).toBe(2);
      expect(hasField(back, "drover", "f:replicas")).toBe(true);
      expect(hasField(back, "autoscaler", "f:replicas")).toBe(false);
    });

    test("SharedMutableCoOwnership: who applies the same value is no drift; who changes it later has it", async () => {
      const { cluster, engine, namespace, assign } = await begin(["/spec/replicas"]);
      await assign(web(namespace));
      await applyAs(cluster, partOf(namespace, { replicas: 2 }), "autoscaler");
      const shared = await live(web(namespace));
      expect([hasField(shared, "drover", "f:replicas"), hasField(shared, "autoscaler", "f:replicas")]).toEqual([
        true,
        true,
      ]);
      await applyAs(cluster, partOf(namespace, { replicas: 4 }), "autoscaler");
      await assign(web(namespace, { minReadySeconds: 2 }));
      expect((await live(web(namespace)))?.spec).toMatchObject({ replicas: 4, minReadySeconds: 2 });
      expect(engine.reported.drift(web(namespace))).toBeUndefined();
    });

    test("ClientSideEditConsequences: kubectl's edit of an ignored field stays, of any other is taken back", async () => {
      const { cluster, namespace, assign } = await begin(["/spec/replicas"]);
      await assign(web(namespace));
      await edit(cluster, web(namespace), { spec: { replicas: 8 } }, "kubectl-edit");
      await assign(web(namespace, { minReadySeconds: 4 }));
      expect((await live(web(namespace)))?.spec).toMatchObject({ replicas: 8, minReadySeconds: 4 });
      await edit(cluster, web(namespace), { spec: { minReadySeconds: 40 } }, "kubectl-edit");
      await expect.poll(async () => (await live(web(namespace)))?.spec.minReadySeconds).toBe(4);
    });

    test("FieldManagerCleanupInteraction: what kubectl had before us of an ignored field is left to it", async () => {
      const { cluster, namespace, assign } = await begin(["/spec/replicas"]);
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments?fieldManager=kubectl-client-side-apply`;
      await cluster.raw("POST", path, web(namespace, { replicas: 7, minReadySeconds: 70 }));
      await assign(web(namespace, { minReadySeconds: 6 }));
      const adopted = await live(web(namespace));
      expect(adopted?.spec).toMatchObject({ replicas: 7, minReadySeconds: 6 });
      expect(hasField(adopted, "drover", "f:minReadySeconds")).toBe(true);
    });
  });
}
