import { describe, expect, test } from "vitest";
import type { KubeClient } from "../../agent/ports.ts";
import { AppError } from "../../common/errors.ts";
import { createNamespace, createWire } from "./kube-cluster.ts";
import { configMap, edit, inventoryOf, liveOf, remove } from "./reconciler-objects.ts";
import { desiredEnvironment, type Engine, type ReconcilerStage, type Wanted } from "./reconciler-stage.ts";

interface Dying {
  readonly wrap: (kube: KubeClient) => KubeClient;
  isDead(): boolean;
}

/** A client whose process dies at request `at`: before it is sent, or after, with the answer lost. Nothing gets through later. */
function dyingAt(at: number, isSent: boolean): Dying {
  let count = 0;
  const lost = () => new AppError("UNAVAILABLE", "The process died");
  async function send<T>(work: () => Promise<T>): Promise<T> {
    count++;
    if (count > at) throw lost();
    if (count < at) return work();
    if (isSent) await work();
    throw lost();
  }
  return {
    wrap: (kube) => ({
      ...kube,
      apply: (...args) => send(() => kube.apply(...args)),
      delete: (...args) => send(() => kube.delete(...args)),
      get: (...args) => send(() => kube.get(...args)),
      list: (...args) => send(() => kube.list(...args)),
    }),
    isDead: () => count >= at,
  };
}

async function untilDeadOrDone(engine: Engine, dying: Dying, generation: number): Promise<void> {
  await expect
    .poll(() => dying.isDead() || engine.reported.phases().includes(`healthy ${generation}`), { interval: 5 })
    .toBe(true);
}

export function describeCrashes(stage: () => ReconcilerStage): void {
  describe("crashes", () => {
    test("of the way to the API server end with everything applied, and what happened meanwhile corrected", async () => {
      const { cluster } = stage();
      const wire = await createWire(cluster.kubeconfig);
      try {
        const namespace = await createNamespace(cluster);
        const objects = Array.from({ length: 60 }, (_, index) => configMap(namespace, `c${index}`));
        const applications = { shop: { objects } };
        const engine = await stage().start({ kubeconfig: wire.kubeconfig });
        engine.reconciler.assign(desiredEnvironment(engine.environment, { applications }));
        wire.cutConnections();
        await expect.poll(() => engine.reported.phases()).toEqual(["applied 1", "healthy 1"]);

        wire.sever();
        const [first, second] = objects;
        if (first === undefined || second === undefined) throw new Error("impossible");
        await remove(cluster, first);
        await edit(cluster, second, { data: { key: "changed" } });
        wire.heal();
        const datas = async () =>
          Promise.all([first, second].map(async (object) => (await liveOf(cluster, object))?.["data"]));
        await expect.poll(datas).toEqual([{ key: "1" }, { key: "1" }]);
        await engine.stop();
      } finally {
        await wire.stop();
      }
    });

    test.each([
      ["before it is sent", false],
      ["with its answer lost", true],
    ])(
      "at any request, %s: an agent that starts anew converges and has lost track of nothing",
      async (_when, isSent) => {
        const { cluster } = stage();
        for (let at = 1; at <= 24; at++) {
          const namespace = await createNamespace(cluster);
          const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => configMap(namespace, name));
          if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("impossible");
          const first: Wanted = { generation: 1, applications: { one: { objects: [a, b] }, two: { objects: [c] } } };
          const changed = configMap(namespace, "b", { key: "2" });
          const second: Wanted = { generation: 2, applications: { one: { objects: [changed, d] } } };

          const dying = dyingAt(at, isSent);
          const engine = await stage().start({ wrap: dying.wrap });
          const { environment } = engine;
          void engine.assign(first);
          await untilDeadOrDone(engine, dying, 1);
          void engine.assign(second);
          await untilDeadOrDone(engine, dying, 2);
          await engine.stop();

          const next = await stage().start({ environment });
          await next.assign(second);
          await expect.poll(() => next.reported.phases()).toEqual(["applied 2", "healthy 2"]);
          const say = `dies at request ${at}, ${isSent ? "answer lost" : "not sent"}`;
          await expect
            .poll(
              async () => Promise.all([a, b, c, d].map(async (object) => (await liveOf(cluster, object))?.["data"])),
              {
                message: say,
              },
            )
            .toEqual([undefined, { key: "2" }, undefined, { key: "1" }]);
          const names = async () => {
            const inventory = await inventoryOf(cluster, environment);
            return Object.fromEntries(
              Object.entries(inventory).map(([name, { objects }]) => [
                name,
                objects.map((row) => `${row[3]} ${row[6] === "" ? "unknown" : "known"}`).sort(),
              ]),
            );
          };
          await expect.poll(names, { message: say }).toEqual({ one: ["b known", "d known"] });
          // Nobody laid hands on the inventory, and so it is not said to be damaged.
          await expect.poll(() => next.reported.environment(), { message: say }).toMatchObject({ message: "" });
          await next.stop();
        }
      },
    );
  });
}
