import { describe, expect, test } from "vitest";
import type { KubeClient, LiveObject } from "../../agent/ports.ts";
import type { Manifest } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { endJob, hookJob } from "./hook-objects.ts";
import { type ClusterHandle, createNamespace } from "./kube-cluster.ts";
import { configMap, liveOf } from "./reconciler-objects.ts";
import type { ReconcilerStage, Wanted } from "./reconciler-stage.ts";

/** A client that notes every Job that came to be, and dies at request `at`, before it is sent or with its answer lost. */
function dyingAt(at: number, isSent: boolean, made: Set<string>) {
  let count = 0;
  let isDead = false;
  const lost = () => new AppError("UNAVAILABLE", "The process died");
  async function send<T>(work: () => Promise<T>): Promise<T> {
    count++;
    if (count > at) throw lost();
    if (count < at) return work();
    try {
      // The answer is waited for, so that nobody cuts off what the API server is about to do.
      if (isSent) await work();
    } finally {
      isDead = true;
    }
    throw lost();
  }
  const noted = (live: LiveObject) => {
    if (live.kind === "Job") made.add(live.metadata.uid);
    return live;
  };
  return {
    wrap: (kube: KubeClient): KubeClient => ({
      ...kube,
      apply: (...args) => send(async () => noted(await kube.apply(...args))),
      delete: (...args) => send(() => kube.delete(...args)),
      get: (...args) => send(() => kube.get(...args)),
      list: (...args) => send(() => kube.list(...args)),
    }),
    isDead: () => isDead,
  };
}

/** Plays the controller of these Jobs: each that is there ends well, once. */
function endsJobs(cluster: ClusterHandle, jobs: readonly Manifest[]) {
  const done = new Set<string>();
  return {
    ended: () => done.size,
    async work() {
      for (const job of jobs) {
        const live = await liveOf(cluster, job);
        const uid = String(live?.metadata["uid"]);
        if (live === undefined || done.has(uid)) continue;
        await endJob(cluster, job, "Complete");
        done.add(uid);
      }
    },
  };
}

export function describeHookCrashes(stage: () => ReconcilerStage): void {
  describe("crashes with hooks", () => {
    test.each([
      ["before it is sent", false],
      ["with its answer lost", true],
    ])(
      "at any request, %s: each hook ran once when all is done",
      async (_when, isSent) => {
        const { cluster } = stage();
        for (let at = 1; ; at++) {
          const namespace = await createNamespace(cluster);
          const jobs = [hookJob(namespace, "migrate", "PreSync"), hookJob(namespace, "smoke", "PostSync")];
          const config = configMap(namespace, "a");
          const wanted: Wanted = { applications: { shop: { objects: [...jobs, config] } } };
          const made = new Set<string>();
          const { work, ended } = endsJobs(cluster, jobs);
          const dying = dyingAt(at, isSent, made);
          const engine = await stage().start({ wrap: dying.wrap });
          void engine.assign(wanted);
          const isHealthy = () => engine.reported.phases().includes("healthy 1");
          await expect
            .poll(
              async () => {
                await work();
                return dying.isDead() || isHealthy();
              },
              { interval: 5 },
            )
            .toBe(true);
          const wasHealthy = isHealthy();
          await engine.stop();

          const next = await stage().start({
            environment: engine.environment,
            wrap: dyingAt(Number.POSITIVE_INFINITY, false, made).wrap,
          });
          await next.assign(wanted);
          const say = `dies at request ${at}`;
          await expect
            .poll(
              async () => {
                await work();
                return next.reported.phases();
              },
              { message: say },
            )
            .toContain("healthy 1");
          expect((await liveOf(cluster, config))?.["data"], say).toEqual({ key: "1" });
          expect(made.size, say).toBe(2);
          expect(ended(), say).toBe(2);
          await next.stop();
          if (wasHealthy) return;
        }
      },
      300_000,
    );

    test("a hundred quick assignments end on the last, its hooks run once for it", async () => {
      const { cluster } = stage();
      const namespace = await createNamespace(cluster);
      const engine = await stage().start();
      const smoke = hookJob(namespace, "smoke", "PostSync");
      const migrate = hookJob(namespace, "migrate", "PreSync");
      const objects = (index: number): readonly Manifest[] => [
        migrate,
        smoke,
        configMap(namespace, "a", { key: String(index) }),
      ];
      for (let generation = 1; generation <= 100; generation++) {
        void engine.assign({ generation, applications: { shop: { objects: objects(generation) } } });
        if (generation % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      const controller = endsJobs(cluster, [migrate, smoke]);
      // What runs at first may be of an assignment before the last.
      await expect
        .poll(async () => {
          await controller.work();
          return engine.reported.phases();
        })
        .toEqual(["applied 100", "healthy 100"]);
      expect((await liveOf(cluster, configMap(namespace, "a")))?.["data"]).toEqual({ key: "100" });
      await controller.work();
      const ended = controller.ended();
      await engine.assign({ generation: 100, applications: { shop: { objects: objects(100) } } });
      await controller.work();
      expect(controller.ended()).toBe(ended);
    });
  });
}
