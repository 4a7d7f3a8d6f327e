import { describe, expect, test } from "vitest";
import type { KubeClient } from "../../agent/ports.ts";
import type { Manifest } from "../../common/domain/index.ts";
import { AppError, type AppErrorOptions, type ErrorCode } from "../../common/errors.ts";
import { createNamespace, uniqueName } from "./kube-cluster.ts";
import { configMap, liveOf } from "./reconciler-objects.ts";
import type { ReconcilerStage } from "./reconciler-stage.ts";

/** Refuses to write the object "slow" until it is told to relent. */
function refusing(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
  let isRefused = true;
  const attempts: number[] = [];
  const wrap = (kube: KubeClient): KubeClient => ({
    ...kube,
    async apply(kind, object, given) {
      if (object.metadata.name !== "slow") return kube.apply(kind, object, given);
      attempts.push(Date.now());
      if (isRefused) throw new AppError(code, `Cannot apply ${kind.kind} x/slow: ${message}`, options);
      return kube.apply(kind, object, given);
    },
  });
  return { wrap, attempts, relent: () => void (isRefused = false) };
}

export function describeRefusals(stage: () => ReconcilerStage): void {
  const live = (manifest: Manifest) => liveOf(stage().cluster, manifest);

  describe("refusals", () => {
    test.each([
      ["a conflict", "ABORTED", "the object has been modified", {}],
      [
        "429 with Retry-After",
        "RESOURCE_EXHAUSTED",
        "the server has received too many requests",
        { retryAfterMs: 1_500 },
      ],
      ["a failing server", "UNAVAILABLE", "the API server answered 503", {}],
      ["a refusal", "INVALID_ARGUMENT", 'admission webhook "x" denied the request: no', {}],
    ] as const)(
      "%s is shown with the object and tried again, while the others go on",
      async (_what, code, message, options) => {
        const { wrap, attempts, relent } = refusing(code, message, options);
        const engine = await stage().start({ wrap });
        const namespace = await createNamespace(stage().cluster);
        const [slow, other] = [configMap(namespace, "slow"), configMap(namespace, "other")];
        await engine.assign({ applications: { shop: { objects: [slow, other] } } });
        expect(engine.reported.object(slow)).toMatchObject({
          sync: "OutOfSync",
          message: expect.stringContaining(`Cannot apply ConfigMap ${namespace}/slow: `),
        });
        expect(engine.reported.object(slow)?.message).toContain(message);
        expect(engine.reported.object(other)).toMatchObject({ sync: "Synced", health: "Healthy" });
        relent();
        await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);
        expect(engine.reported.object(slow)).toMatchObject({ sync: "Synced", message: "" });
        const [first = 0, second = 0] = attempts;
        expect(second - first).toBeGreaterThanOrEqual("retryAfterMs" in options ? options.retryAfterMs - 10 : 0);
      },
    );

    test("all of them are said at once", async () => {
      const engine = await stage().start();
      const absent = uniqueName("absent");
      const objects = Array.from({ length: 5 }, (_, index) => configMap(absent, `c${index}`));
      await engine.assign({ applications: { shop: { objects } } });
      for (const object of objects) {
        expect(engine.reported.object(object)?.message).toBe(
          `Cannot apply ConfigMap ${absent}/${object.metadata.name}: namespaces "${absent}" not found`,
        );
      }
      expect(engine.reported.application("shop")?.message.split("\n")).toHaveLength(4);
    });

    test("a hundred assignments one after the other end as the last one says", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const objects = (version: number) =>
        Array.from({ length: 10 }, (_, index) => configMap(namespace, `c${index}`, { version: `${version}` }));
      for (let generation = 1; generation <= 100; generation++) {
        void engine.assign({ generation, applications: { shop: { objects: objects(generation) } } });
        // Some of them get as far as writing.
        if (generation % 7 === 0) await new Promise((resolve) => setTimeout(resolve, generation % 5));
      }
      await engine.reconciler.idle();
      for (const object of objects(100)) expect((await live(object))?.["data"]).toEqual({ version: "100" });
      expect(engine.reported.phases().slice(-2)).toEqual(["applied 100", "healthy 100"]);
      const { patch = 0 } = engine.requests();
      expect(patch).toBeLessThan(100 * 10);
    });
  });
}
