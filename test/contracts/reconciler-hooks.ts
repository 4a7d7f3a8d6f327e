import { describe, expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { endJob, hasEnded, hookJob, notingWrites, takeJob, withAnnotations } from "./hook-objects.ts";
import { createNamespace } from "./kube-cluster.ts";
import { configMap, deployment, edit, liveOf, makeAvailable } from "./reconciler-objects.ts";
import type { Engine, ReconcilerStage } from "./reconciler-stage.ts";

export function describeHooks(stage: () => ReconcilerStage): void {
  const isThere = async (manifest: Manifest) => (await liveOf(stage().cluster, manifest)) !== undefined;
  const uidOf = async (manifest: Manifest) => (await liveOf(stage().cluster, manifest))?.metadata["uid"];
  const message = (engine: Engine) => engine.reported.application("shop")?.message;
  const end = async (job: Manifest, how: "Complete" | "Failed" = "Complete") => {
    // One of an earlier run may still be there.
    await expect.poll(async () => hasEnded(await liveOf(stage().cluster, job))).toBe(false);
    await endJob(stage().cluster, job, how);
  };

  /** The uid of the run after that one, once it is there: between the two there is none. */
  const renewed = async (job: Manifest, before: unknown) => {
    let uid: unknown;
    await expect
      .poll(async () => {
        uid = await uidOf(job);
        return uid !== undefined && uid !== before;
      })
      .toBe(true);
    return uid;
  };

  /** An engine with one application in a namespace of its own. */
  async function startShop() {
    const order: string[] = [];
    const namespace = await createNamespace(stage().cluster);
    const engine = await stage().start({ wrap: notingWrites(order) });
    const assign = (generation: number, objects: readonly Manifest[], timeoutSeconds = 300) =>
      engine.assign({ generation, applications: { shop: { objects, policy: { timeoutSeconds } } } });
    return { engine, namespace, order, assign };
  }

  describe("hooks", () => {
    test("before a sync run before anything is written, once for each content", async () => {
      const { engine, namespace, order, assign } = await startShop();
      const job = hookJob(namespace, "migrate", "PreSync");
      const config = configMap(namespace, "a");

      await assign(1, [job, config]);
      await expect.poll(() => order).toEqual(["Job migrate"]);
      await expect
        .poll(() => engine.reported.application("shop"))
        .toMatchObject({ objects: 1, message: `Runs PreSync hook Job ${namespace}/migrate: not started` });
      const first = await uidOf(job);
      await end(job);
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      expect(order).toEqual(["Job migrate", "ConfigMap a"]);
      expect(engine.reported.application("shop")).toMatchObject({ message: "", health: "Healthy", objects: 1 });

      // The same content, another generation, another agent: nothing runs.
      await assign(2, [job, config]);
      await engine.stop();
      const next = await stage().start({ environment: engine.environment, wrap: notingWrites(order) });
      await next.assign({ generation: 2, applications: { shop: { objects: [job, config] } } });
      await next.reconciler.reconcileNow();
      expect(order).toHaveLength(2);
      expect(await uidOf(job)).toBe(first);

      const changed = configMap(namespace, "a", { key: "2" });
      await next.assign({ generation: 3, applications: { shop: { objects: [job, changed] } } });
      await expect.poll(() => order).toEqual(["Job migrate", "ConfigMap a", "Job migrate"]);
      await end(job);
      await expect.poll(() => next.reported.phases()).toContain("healthy 3");
      expect(await isThere(job)).toBe(true);
    });

    test("run by phase and wave, those after a sync once all of it is well", async () => {
      const { engine, namespace, order, assign } = await startShop();
      const jobs = {
        backup: hookJob(namespace, "backup", "PreSync", { wave: -1 }),
        migrate: hookJob(namespace, "migrate", "PreSync"),
        seed: hookJob(namespace, "seed", "Sync", { wave: 1 }),
        smoke: hookJob(namespace, "smoke", "PostSync"),
      };
      const web = deployment(namespace, "web");
      await assign(1, [jobs.smoke, jobs.seed, jobs.migrate, web, configMap(namespace, "a"), jobs.backup]);
      await end(jobs.backup);
      await end(jobs.migrate);
      await expect.poll(() => isThere(web)).toBe(true);
      await expect.poll(() => message(engine)).toMatch(/^Waits for wave 0: Deployment .*\/web: /);
      await makeAvailable(stage().cluster, web);
      await end(jobs.seed);
      await expect.poll(() => isThere(jobs.smoke)).toBe(true);
      expect(engine.reported.phases()).toEqual(["applied 1"]);
      expect(engine.reported.application("shop")).toMatchObject({ health: "Progressing", sync: "Synced" });
      await end(jobs.smoke);
      await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
      // Within a wave, objects of one stage are written side by side.
      const inWaves = [...order.slice(0, 2), ...order.slice(2, 4).sort(), ...order.slice(4)];
      expect(inWaves).toEqual(["Job backup", "Job migrate", "ConfigMap a", "Deployment web", "Job seed", "Job smoke"]);
    });

    test("that fail stop the sync, run what is for failures, and are tried again by a newer generation and on request", async () => {
      const { engine, namespace, assign } = await startShop();
      const migrate = hookJob(namespace, "migrate", "PreSync");
      const undo = hookJob(namespace, "undo", "SyncFail");
      const config = configMap(namespace, "a");
      const objects = [migrate, undo, config];
      const reason =
        `PreSync hook Job ${namespace}/migrate failed: ` +
        "BackoffLimitExceeded: Job has reached the specified backoff limit";
      await assign(1, objects);
      await end(migrate, "Failed");
      await end(undo);
      await expect.poll(() => message(engine)).toBe(reason);
      expect(engine.reported.application("shop")).toMatchObject({ health: "Degraded", sync: "OutOfSync" });
      expect(await isThere(config)).toBe(false);
      const first = await uidOf(migrate);

      // A restart tries nothing again.
      await engine.stop();
      const next = await stage().start({ environment: engine.environment });
      const again = (generation: number) => next.assign({ generation, applications: { shop: { objects } } });
      await again(1);
      await expect.poll(() => message(next)).toBe(reason);
      expect(await uidOf(migrate)).toBe(first);

      await next.reconciler.reconcileNow();
      const second = await renewed(migrate, first);
      await end(migrate, "Failed");
      await end(undo);
      await expect.poll(() => message(next)).toBe(reason);

      await again(2);
      await renewed(migrate, second);
      await end(migrate);
      await expect.poll(() => next.reported.phases()).toContain("healthy 2");
      expect(await isThere(config)).toBe(true);
    });

    test("for failures run once when an object cannot be applied", async () => {
      const { engine, namespace, order, assign } = await startShop();
      const undo = hookJob(namespace, "undo", "SyncFail");
      const smoke = hookJob(namespace, "smoke", "PostSync");
      const broken = { ...configMap(namespace, "a"), data: { key: 1 } } as unknown as Manifest;
      await assign(1, [undo, smoke, broken]);
      await expect.poll(() => isThere(undo)).toBe(true);
      await end(undo);
      await expect.poll(() => message(engine)).toContain(`Cannot apply ConfigMap ${namespace}/a: `);
      expect(order).toEqual(["Job undo"]);

      await assign(2, [undo, smoke, configMap(namespace, "a")]);
      await end(smoke);
      await expect.poll(() => engine.reported.phases()).toContain("healthy 2");
      expect(order).toEqual(["Job undo", "ConfigMap a", "Job smoke"]);
    });

    test("leave or take with them what they made, as their policies say, once their phase is over", async () => {
      const { engine, namespace, assign } = await startShop();
      const account = withAnnotations(configMap(namespace, "account"), {
        "helm.sh/hook": "pre-install,pre-upgrade",
        "helm.sh/hook-weight": "-5",
        "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
      });
      const good = hookJob(namespace, "good", "PreSync", { policy: "HookSucceeded" });
      const bad = hookJob(namespace, "bad", "PreSync", { policy: "HookFailed" });
      const objects = [account, good, bad, configMap(namespace, "a")];
      await assign(1, objects);
      await end(good);
      await expect.poll(() => message(engine)).toBe(`Runs PreSync hook Job ${namespace}/bad: not started`);
      expect(await Promise.all([account, good].map(isThere))).toEqual([true, true]);
      await end(bad, "Failed");
      await expect.poll(() => Promise.all([account, good, bad].map(isThere))).toEqual([false, false, false]);
      await expect.poll(() => message(engine)).toMatch(/^PreSync hook Job .*\/bad failed: /);

      await assign(2, objects);
      await end(bad);
      await expect.poll(() => engine.reported.phases()).toContain("healthy 2");
      expect(await Promise.all([account, good, bad].map(isThere))).toEqual([false, false, true]);
      // What left Git goes, whatever its policy.
      await assign(3, [configMap(namespace, "a", { key: "2" })]);
      await expect.poll(() => isThere(bad)).toBe(false);
    });

    test("that never end are ended after their time, and say so", async () => {
      const { engine, namespace, order, assign } = await startShop();
      const job = hookJob(namespace, "migrate", "PreSync", { timeout: "1s" });
      await assign(1, [job, configMap(namespace, "a")]);
      await expect
        .poll(() => message(engine))
        .toBe(`PreSync hook Job ${namespace}/migrate failed: it has not ended after 1 s: not started`);
      expect(order).toEqual(["Job migrate"]);
      await expect.poll(() => isThere(job)).toBe(false);
      expect(engine.reported.application("shop")).toMatchObject({ health: "Degraded", sync: "OutOfSync" });
    });

    test("that are gone succeeded when they were to go by themselves, and failed when somebody took them", async () => {
      const { engine, namespace, assign } = await startShop();
      const [brief, taken] = [
        hookJob(namespace, "brief", "PreSync", { ttlSeconds: 0, wave: -1 }),
        hookJob(namespace, "taken", "PreSync"),
      ];
      await assign(1, [brief, taken, configMap(namespace, "a")]);
      await expect.poll(() => isThere(brief)).toBe(true);
      await takeJob(stage().cluster, brief);
      await expect.poll(() => isThere(taken)).toBe(true);
      await takeJob(stage().cluster, taken);
      await expect
        .poll(() => message(engine))
        .toBe(`PreSync hook Job ${namespace}/taken failed: it was deleted before it ended`);
    });

    test("of older content are stopped by newer content, but for what is to be run just so again", async () => {
      const { engine, namespace, assign } = await startShop();
      const job = hookJob(namespace, "migrate", "PreSync");
      await assign(1, [job, configMap(namespace, "a", { key: "1" })]);
      await expect.poll(() => isThere(job)).toBe(true);
      const first = await uidOf(job);
      await assign(2, [job, configMap(namespace, "a", { key: "2" })]);
      await engine.reconciler.idle();
      expect(await uidOf(job)).toBe(first);

      const mended = hookJob(namespace, "migrate", "PreSync", { image: "registry.invalid/job:2" });
      await assign(3, [mended, configMap(namespace, "a", { key: "2" })]);
      await renewed(job, first);
      await end(mended);
      await expect.poll(() => engine.reported.phases()).toContain("healthy 3");

      const smoke = hookJob(namespace, "smoke", "PostSync");
      await assign(4, [smoke, configMap(namespace, "a", { key: "4" })]);
      await expect.poll(() => isThere(smoke)).toBe(true);
      const running = await uidOf(smoke);
      await assign(5, [smoke, configMap(namespace, "a", { key: "5" })]);
      await renewed(smoke, running);
      await end(smoke);
      await expect.poll(() => engine.reported.phases()).toContain("healthy 5");
    });

    test("begin only when no pod of a stopped one runs any more", async () => {
      const { cluster } = stage();
      const { engine, namespace, assign } = await startShop();
      const job = hookJob(namespace, "migrate", "PreSync");
      await assign(1, [job]);
      await expect.poll(() => isThere(job)).toBe(true);
      const pods = `/api/v1/namespaces/${namespace}/pods`;
      const created = await cluster.raw("POST", pods, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "migrate-1", labels: { "batch.kubernetes.io/controller-uid": await uidOf(job) } },
        spec: { containers: [{ name: "job", image: "registry.invalid/job:1" }] },
      });
      expect(created.status).toBe(201);
      const mended = hookJob(namespace, "migrate", "PreSync", { image: "registry.invalid/job:2" });
      await assign(2, [mended]);
      await expect.poll(() => message(engine)).toBe(`Waits for Job ${namespace}/migrate of an older hook to be gone`);
      await expect.poll(() => isThere(job)).toBe(false);
      expect((await cluster.raw("DELETE", `${pods}/migrate-1?gracePeriodSeconds=0`)).status).toBe(200);
      await end(mended);
      await expect.poll(() => engine.reported.phases()).toContain("healthy 2");
    });

    test("are nobody's drift, are not counted, and count for nothing once they are done", async () => {
      const { engine, namespace, assign } = await startShop();
      const job = hookJob(namespace, "migrate", "PreSync");
      const config = configMap(namespace, "a");
      await assign(1, [job, config]);
      await end(job);
      await expect.poll(() => engine.reported.phases()).toContain("healthy 1");
      await edit(stage().cluster, job, { metadata: { annotations: { "argocd.argoproj.io/hook": "Sync" } } });
      await takeJob(stage().cluster, job);
      await engine.reconciler.reconcileNow();
      expect(await isThere(job)).toBe(false);
      expect(engine.reported.object(job)).toBeUndefined();
      expect(engine.reported.application("shop")).toMatchObject({ objects: 1, drifted: 0, health: "Healthy" });
    });

    test("of Helm run for installs or for upgrades, and its tests never", async () => {
      const { engine, namespace, assign } = await startShop();
      const helm = (name: string, hook: string) =>
        withAnnotations(configMap(namespace, name), { "helm.sh/hook": hook });
      const all = [
        helm("first", "pre-install"),
        helm("later", "post-upgrade"),
        helm("try", "test"),
        helm("skipped", "pre-rollback"),
      ];
      await assign(1, [...all, configMap(namespace, "a")]);
      await expect.poll(() => engine.reported.phases()).toContain("healthy 1");
      expect(await Promise.all(all.map(isThere))).toEqual([true, false, false, false]);
      const first = await uidOf(all[0] as Manifest);
      await assign(2, [...all, configMap(namespace, "a", { key: "2" })]);
      await expect.poll(() => engine.reported.phases()).toContain("healthy 2");
      expect(await Promise.all(all.map(isThere))).toEqual([true, true, false, false]);
      expect(await uidOf(all[0] as Manifest)).toBe(first);
    });

    test("take the place of what an older hook left, never of what is none", async () => {
      const { cluster } = stage();
      const { engine, namespace, assign } = await startShop();
      const job = hookJob(namespace, "old", "PreSync");
      const plain = configMap(namespace, "plain");
      for (const [path, object] of [
        [`/apis/batch/v1/namespaces/${namespace}/jobs`, job],
        [`/api/v1/namespaces/${namespace}/configmaps`, plain],
      ] as const) {
        expect((await cluster.raw("POST", path, object)).status).toBe(201);
      }
      const before = await uidOf(job);
      const foreign = withAnnotations(plain, { "drover.dev/hook": "PreSync", "drover.dev/wave": "1" });
      await assign(1, [job, foreign, configMap(namespace, "a")]);
      await renewed(job, before);
      await end(job);
      await expect
        .poll(() => message(engine))
        .toBe(
          `PreSync hook ConfigMap ${namespace}/plain failed: ConfigMap ${namespace}/plain is there already and is no hook: ` +
            "delete it, or give the hook another name",
        );
    });
  });
}
