import { describe, expect, test } from "vitest";
import { seeded } from "../fakes/seeded.ts";
import { createNamespace } from "./kube-cluster.ts";
import { configMap, edit, inventoryOf, liveOf, remove } from "./reconciler-objects.ts";
import type { Engine, ReconcilerStage, Wanted } from "./reconciler-stage.ts";

/** Whole numbers from 0, repeatable for a seed. */
export function randomOf(seed: number): (below: number) => number {
  const random = seeded(seed);
  return (below) => Math.floor(random() * below);
}

export const objectNames = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** Every object in one application or in none, with one of two contents. */
export function chooseApplications(pick: (below: number) => number, namespace: string): Wanted["applications"] {
  const objects = objectNames.map((name) => ({
    app: pick(4),
    object: configMap(namespace, name, { key: `${pick(2)}` }),
  }));
  return Object.fromEntries(
    ["one", "two", "three"]
      .slice(0, 1 + pick(3))
      .map((application, index) => [
        application,
        { objects: objects.filter(({ app }) => app === index).map(({ object }) => object) },
      ]),
  );
}

export function describeStorms(stage: () => ReconcilerStage): void {
  describe("storms", () => {
    test.each([1, 2, 3, 4, 5, 6])(
      "of assignments, edits, deletions and restarts (seed %i) end as the last assignment says",
      async (seed) => {
        const { cluster } = stage();
        const pick = randomOf(seed);
        const namespace = await createNamespace(cluster);
        let engine: Engine = await stage().start();
        const { environment } = engine;
        let wanted: Wanted = { applications: {} };
        const assign = (generation: number) => {
          wanted = { generation, applications: chooseApplications(pick, namespace) };
          void engine.assign(wanted);
        };
        const disturb = async () => {
          const object = configMap(namespace, objectNames[pick(objectNames.length)] ?? "a");
          const disturbance =
            pick(2) === 0 ? remove(cluster, object) : edit(cluster, object, { data: { key: "theirs" } });
          // There may be no such object now.
          await disturbance.catch(() => undefined);
        };
        for (let step = 1; step <= 40; step++) {
          const choice = pick(10);
          if (choice < 4) assign(step);
          else if (choice < 8) await disturb();
          else if (choice === 8) await engine.reconciler.idle();
          else {
            await engine.stop();
            engine = await stage().start({ environment });
            void engine.assign(wanted);
          }
        }
        assign(100);
        await engine.reconciler.idle();
        // A fight may have been paused.
        await engine.reconciler.reconcileNow();

        const expected = Object.entries(wanted.applications).flatMap(([application, { objects }]) =>
          objects.map((object) => `${application} ${object.metadata.name} ${JSON.stringify(object["data"])}`),
        );
        const there = async () => {
          const live = await Promise.all(objectNames.map((name) => liveOf(cluster, configMap(namespace, name))));
          return live.flatMap((object) => {
            if (object === undefined) return [];
            const application = object.metadata.labels?.["drover.dev/application"];
            return [`${application} ${object.metadata.name} ${JSON.stringify(object["data"])}`];
          });
        };
        await expect.poll(async () => (await there()).toSorted()).toEqual(expected.toSorted());
        const recorded = async () =>
          Object.entries(await inventoryOf(cluster, environment))
            .flatMap(([application, { objects }]) => objects.map((row) => `${application} ${row[3]}`))
            .toSorted();
        const owned = expected.map((text) => text.split(" ").slice(0, 2).join(" ")).toSorted();
        await expect.poll(recorded).toEqual(owned);
        await expect.poll(() => engine.reported.phases().slice(-2)).toEqual(["applied 100", "healthy 100"]);
        await expect
          .poll(() => engine.reported.environment())
          .toMatchObject({ sync: "Synced", health: "Healthy", message: "" });
      },
    );
  });
}
