import { describe, expect, test } from "vitest";
import type { KubeClient } from "../../agent/ports.ts";
import type { Manifest } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { createNamespace } from "./kube-cluster.ts";
import { configMap, liveOf } from "./reconciler-objects.ts";
import type { Engine, ReconcilerStage } from "./reconciler-stage.ts";

const all = { most: 100, isPercent: true };

/** What an agent may delete without anybody's word, and how it asks for one. */
export function describePruneGuards(stage: () => ReconcilerStage): void {
  const thereOf = async (objects: readonly Manifest[]) =>
    (await Promise.all(objects.map((object) => liveOf(stage().cluster, object)))).filter((live) => live !== undefined)
      .length;
  const maps = (namespace: string, count: number, prefix = "map") =>
    Array.from({ length: count }, (_, index) => configMap(namespace, `${prefix}-${index}`));
  const blockedOf = (engine: Engine, application = "shop") => engine.reported.application(application)?.blockedPrune;

  describe("guarding deletes", () => {
    test("rule 14: holds what is above the budget, shows it, and deletes it once exactly that is confirmed", async () => {
      const engine = await stage().start();
      const objects = maps(await createNamespace(stage().cluster), 30);
      await engine.assign({ applications: { shop: { objects } } });
      expect(blockedOf(engine)).toBeNull();

      const wanted = { shop: { objects: objects.slice(0, 10) } };
      await engine.assign({ generation: 2, applications: wanted });
      expect(await thereOf(objects)).toBe(30);
      const first = blockedOf(engine);
      expect(first).toMatchObject({ count: 20, reason: "20 of its 30 objects would go, 50% may" });
      expect(first?.objects).toHaveLength(20);
      expect(engine.reported.application("shop")).toMatchObject({ sync: "OutOfSync", health: "Healthy", objects: 10 });
      expect(engine.reported.application("shop")?.message).toContain(
        `'drover prune confirm ${engine.environment} -a shop'`,
      );
      expect(engine.reported.environment()).toMatchObject({ sync: "OutOfSync" });
      expect(engine.reported.environment()?.message).toMatch(/^shop: Waits for confirmation to delete ConfigMap /);
      expect(engine.reported.object(objects[20] as Manifest)).toMatchObject({
        sync: "OutOfSync",
        message: "Left Git, not deleted: waits for confirmation",
      });
      // All is written and healthy all the same.
      expect(engine.reported.phases().slice(-2)).toEqual(["applied 2", "healthy 2"]);

      // One object more makes it another question: the answer to the old one is void.
      const confirmed = { shop: first?.digest ?? "" };
      const fewer = { shop: { objects: objects.slice(0, 9) } };
      await engine.assign({ generation: 3, applications: fewer, confirmed });
      expect(await thereOf(objects)).toBe(30);
      const second = blockedOf(engine);
      expect(second?.count).toBe(21);
      expect(second?.digest).not.toBe(first?.digest);

      await engine.assign({ generation: 3, applications: fewer, confirmed: { shop: second?.digest ?? "" } });
      await expect.poll(() => thereOf(objects)).toBe(9);
      await expect.poll(() => blockedOf(engine)).toBeNull();
      await expect.poll(() => engine.reported.application("shop")).toMatchObject({ sync: "Synced", message: "" });
      await expect.poll(() => engine.reported.object(objects[20] as Manifest)).toBeUndefined();
    });

    test("counts an application that leaves altogether, and still asks after a restart", async () => {
      const engine = await stage().start();
      const objects = maps(await createNamespace(stage().cluster), 12);
      await engine.assign({ applications: { shop: { objects } } });
      await engine.stop();
      const next = await stage().start({ environment: engine.environment });
      await next.assign({ generation: 2, applications: {} });
      expect(await thereOf(objects)).toBe(12);
      expect(blockedOf(next)).toMatchObject({ count: 12, reason: "12 of its 12 objects would go, 50% may" });
      const digest = blockedOf(next)?.digest ?? "";
      await next.stop();

      const last = await stage().start({ environment: engine.environment });
      await last.assign({ generation: 2, applications: {}, confirmed: { shop: digest } });
      await expect.poll(() => thereOf(objects)).toBe(0);
      await expect.poll(() => last.reported.application("shop")).toBeUndefined();
    });

    test("remembers a confirmation: what failed to go goes after a restart, though nobody says it again", async () => {
      const objects = maps(await createNamespace(stage().cluster), 12);
      const refusing = (kube: KubeClient): KubeClient => ({
        ...kube,
        delete: async (kind, namespace, name, options) => {
          if (name !== "map-3") throw new AppError("UNAVAILABLE", "not now");
          return kube.delete(kind, namespace, name, options);
        },
      });
      const engine = await stage().start({ wrap: refusing });
      await engine.assign({ applications: { shop: { objects } } });
      await engine.assign({ generation: 2, applications: {} });
      const confirmed = { shop: blockedOf(engine)?.digest ?? "" };
      await engine.assign({ generation: 2, applications: {}, confirmed });
      await expect.poll(() => thereOf(objects)).toBe(11);
      await expect.poll(() => engine.reported.application("shop")?.message).toContain("not now");
      await engine.stop();

      const next = await stage().start({ environment: engine.environment });
      await next.assign({ generation: 2, applications: {} });
      await expect.poll(() => thereOf(objects)).toBe(0);
    });

    test("asks again when what was confirmed was wanted in between", async () => {
      const objects = maps(await createNamespace(stage().cluster), 12);
      const engine = await stage().start({
        wrap: (kube) => ({ ...kube, delete: () => Promise.reject(new AppError("UNAVAILABLE", "not now")) }),
      });
      await engine.assign({ applications: { shop: { objects } } });
      await engine.assign({ generation: 2, applications: {} });
      const confirmed = { shop: blockedOf(engine)?.digest ?? "" };
      await engine.assign({ generation: 2, applications: {}, confirmed });
      expect(blockedOf(engine)).toBeNull();
      await engine.assign({ generation: 3, applications: { shop: { objects } } });
      expect(engine.reported.application("shop")).toMatchObject({ sync: "Synced", message: "" });
      await engine.assign({ generation: 4, applications: {} });
      expect(blockedOf(engine)).toMatchObject({ count: 12 });
      expect(await thereOf(objects)).toBe(12);
    });

    test("counts what the environment loses in all, and lets go what has a budget of its own", async () => {
      const engine = await stage().start();
      const namespace = await createNamespace(stage().cluster);
      const [one, two, three] = ["one", "two", "three"].map((name) => maps(namespace, 6, name)) as [
        Manifest[],
        Manifest[],
        Manifest[],
      ];
      const applications = {
        one: { objects: one },
        two: { objects: two },
        three: { objects: three, policy: { maxDeletes: all } },
      };
      await engine.assign({ applications });
      await engine.assign({ generation: 2, applications: {} });
      await expect.poll(() => thereOf(three)).toBe(0);
      expect(await thereOf([...one, ...two])).toBe(12);
      await expect.poll(() => blockedOf(engine, "one")).toMatchObject({ count: 6 });
      // What goes by its own budget is counted until it is gone.
      await expect
        .poll(() => blockedOf(engine, "two")?.reason)
        .toMatch(/^12 of the environment's 1[2-8] objects would go, 50% may$/);

      // The environment itself may say that it may lose more, and then nobody needs to be asked.
      await engine.assign({ generation: 3, applications: {}, maxDeletes: all });
      await expect.poll(() => thereOf([...one, ...two])).toBe(0);
    });

    test("asks for every single delete where the budget is 0", async () => {
      const engine = await stage().start();
      const [kept, gone] = maps(await createNamespace(stage().cluster), 2) as [Manifest, Manifest];
      const policy = { maxDeletes: { most: 0, isPercent: false } };
      await engine.assign({ applications: { shop: { objects: [kept, gone], policy } } });
      await engine.assign({ generation: 2, applications: { shop: { objects: [kept], policy } } });
      expect(blockedOf(engine)).toMatchObject({ count: 1, reason: "1 of its 2 objects would go, 0 may" });
      expect(await thereOf([gone])).toBe(1);
    });
  });
}
