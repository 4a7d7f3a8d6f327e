import { describe, expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { endJob, hasEnded, hookJob, inWave, withAnnotations } from "./hook-objects.ts";
import { createNamespace, customResourceDefinition, uniqueName } from "./kube-cluster.ts";
import { configMap, edit, liveOf, namespaceOf } from "./reconciler-objects.ts";
import type { ReconcilerStage, Wanted } from "./reconciler-stage.ts";

/** Hooks at the beginning and at the end of what they belong to. */
export function describeHookEnds(stage: () => ReconcilerStage): void {
  const isThere = async (manifest: Manifest) => (await liveOf(stage().cluster, manifest)) !== undefined;
  const present = (objects: readonly Manifest[]) => Promise.all(objects.map(isThere));
  const end = async (job: Manifest, how: "Complete" | "Failed" = "Complete") => {
    // One of an earlier run may still be there.
    await expect.poll(async () => hasEnded(await liveOf(stage().cluster, job))).toBe(false);
    await endJob(stage().cluster, job, how);
  };
  /** Names of the Secrets in which an environment's hooks are remembered. */
  const records = async (environment: string) => {
    const path = `/api/v1/namespaces/drover-system/secrets?labelSelector=drover.dev/hooks%3D${environment}`;
    const { body } = await stage().cluster.raw("GET", path);
    return (body as { items: readonly Manifest[] }).items.map(({ metadata }) => metadata.name);
  };

  describe("hooks of deletions", () => {
    test("run before and after an application goes, with what the agent remembers of them", async () => {
      const namespace = await createNamespace(stage().cluster);
      const dump = hookJob(namespace, "dump", "PreDelete");
      const tidy = hookJob(namespace, "tidy", "PostDelete");
      const [first, second] = [configMap(namespace, "a"), inWave(1, configMap(namespace, "b"))];
      const engine = await stage().start();
      const { environment } = engine;
      await engine.assign({ applications: { shop: { objects: [dump, tidy, first, second] } } });
      await expect.poll(() => engine.reported.phases()).toContain("healthy 1");
      expect(await present([dump, tidy])).toEqual([false, false]);
      await engine.stop();

      const next = await stage().start({ environment });
      await next.assign({ generation: 2, applications: {}, absenceIsTrusted: false });
      expect(await present([dump, first, second])).toEqual([false, true, true]);
      await next.assign({ generation: 3, applications: {} });
      await expect.poll(() => isThere(dump)).toBe(true);
      await next.reconciler.idle();
      expect(await present([first, second, tidy])).toEqual([true, true, false]);
      expect(next.reported.application("shop")?.message).toBe(`Runs PreDelete hook Job ${namespace}/dump: not started`);
      await end(dump);
      await end(tidy);
      await expect.poll(() => present([dump, tidy, first, second])).toEqual([false, false, false, false]);
      await expect.poll(() => records(environment)).toEqual([]);
      await expect.poll(() => next.reported.application("shop")).toBeUndefined();
    });

    test("that fail before it keep everything, until a newer generation tries again or the application is back", async () => {
      const namespace = await createNamespace(stage().cluster);
      const dump = hookJob(namespace, "dump", "PreDelete");
      const config = configMap(namespace, "a");
      const shop = { shop: { objects: [dump, config] } };
      const engine = await stage().start();
      await engine.assign({ applications: shop });
      await expect.poll(() => engine.reported.phases()).toContain("healthy 1");
      await engine.assign({ generation: 2, applications: {} });
      await end(dump, "Failed");
      await expect
        .poll(() => engine.reported.application("shop"))
        .toMatchObject({
          health: "Degraded",
          message: expect.stringMatching(/^PreDelete hook Job .*\/dump failed: BackoffLimitExceeded: /),
        });
      await engine.reconciler.idle();
      expect(await isThere(config)).toBe(true);

      await engine.assign({ generation: 3, applications: shop });
      await expect.poll(() => engine.reported.phases()).toContain("healthy 3");
      expect(engine.reported.application("shop")).toMatchObject({ health: "Healthy", message: "" });
      await engine.assign({ generation: 4, applications: {} });
      await end(dump);
      await expect.poll(() => present([dump, config])).toEqual([false, false]);
    });

    test("are not run while the deletes wait for somebody's word, and come first once it is given", async () => {
      const namespace = await createNamespace(stage().cluster);
      const dump = hookJob(namespace, "dump", "PreDelete");
      const objects = Array.from({ length: 12 }, (_, index) => configMap(namespace, `map-${index}`));
      const all = (are: boolean) => objects.map(() => are);
      const first = await stage().start();
      const { environment } = first;
      await first.assign({ applications: { shop: { objects: [dump, ...objects] } } });
      await expect.poll(() => first.reported.phases()).toContain("healthy 1");
      await first.assign({ generation: 2, applications: {} });
      expect(first.reported.application("shop")?.blockedPrune).toMatchObject({ count: 12 });
      await first.reconciler.reconcileNow();
      expect([await isThere(dump), await present(objects)]).toEqual([false, all(true)]);
      await first.stop();

      const engine = await stage().start({ environment });
      await engine.assign({ generation: 2, applications: {} });
      await engine.reconciler.reconcileNow();
      const { digest = "" } = engine.reported.application("shop")?.blockedPrune ?? {};
      expect([await isThere(dump), await present(objects)]).toEqual([false, all(true)]);
      await engine.assign({ generation: 2, applications: {}, confirmed: { shop: digest } });
      await expect.poll(() => isThere(dump)).toBe(true);
      await engine.reconciler.idle();
      expect(await present(objects)).toEqual(all(true));
      await end(dump);
      await expect.poll(() => present(objects)).toEqual(all(false));
    });

    test("are not run for what is kept, and leave nothing behind", async () => {
      const namespace = await createNamespace(stage().cluster);
      const smoke = hookJob(namespace, "smoke", "PostSync");
      const config = configMap(namespace, "a");
      const engine = await stage().start();
      const wanted: Wanted = { applications: { shop: { objects: [smoke, config] } } };
      await engine.assign(wanted);
      await end(smoke);
      await expect.poll(() => engine.reported.phases()).toContain("healthy 1");
      await expect.poll(() => records(engine.environment)).toHaveLength(1);
      await engine.assign({ generation: 2, applications: {} });
      await expect.poll(() => present([smoke, config])).toEqual([false, false]);
      await expect.poll(() => records(engine.environment)).toEqual([]);
    });
  });

  describe("hooks of beginnings", () => {
    test("find the namespace and the definitions of the same commit", async () => {
      const name = uniqueName();
      const group = `${name}.example.com`;
      const definition = customResourceDefinition(group, "Workflow", "workflows");
      const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
      const [version] = (definition["spec"] as { versions: object[] }).versions;
      const schema = { openAPIV3Schema: { type: "object", properties: { spec: anything, status: anything } } };
      const spec = {
        ...(definition["spec"] as object),
        versions: [{ ...version, subresources: { status: {} }, schema }],
      };
      const workflow = withAnnotations(
        { apiVersion: `${group}/v1`, kind: "Workflow", metadata: { name: "migrate", namespace: name }, spec: {} },
        { "drover.dev/hook": "PreSync", "drover.dev/wave": "-3" },
      );
      const config = inWave(-2, configMap(name, "a"));
      const health = [
        {
          group,
          kind: "Workflow",
          inProgress: "",
          failed: "has(status.phase) && status.phase == 'Failed'",
          current: "has(status.phase) && status.phase == 'Succeeded'",
        },
      ];
      const engine = await stage().start();
      await engine.assign({
        applications: {
          shop: { objects: [config, workflow, namespaceOf(name), { ...definition, spec }], policy: { health } },
        },
      });
      await expect.poll(() => isThere(workflow)).toBe(true);
      expect(await isThere(config)).toBe(false);
      await edit(stage().cluster, workflow, { status: { phase: "Succeeded" } }, "workflow-controller", "/status");
      await expect.poll(() => engine.reported.phases()).toContain("healthy 1");
      expect(await isThere(config)).toBe(true);
    });
  });
}
