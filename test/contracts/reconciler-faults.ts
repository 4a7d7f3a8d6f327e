import { describe, expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { type Fault, faults, startFaultProxy } from "./fault-proxy.ts";
import { createNamespace } from "./kube-cluster.ts";
import { configMap, edit, inventoryOf, liveOf, remove } from "./reconciler-objects.ts";
import type { Engine, ReconcilerStage, Wanted } from "./reconciler-stage.ts";
import { chooseApplications, objectNames, randomOf } from "./reconciler-storms.ts";

/** Longer than the agent's longest pause between attempts: bad luck is no failure. */
const patient = { timeout: 100_000, interval: 50 };
/** Short, so that what never answers costs little; long enough for what does, on a busy machine. */
const impatience = { timeoutMs: 1_000, watchIdleMs: 4_000 };

type Three = readonly [Manifest, Manifest, Manifest];

/** In [0, 1), repeatable for a seed. */
function fractionsOf(seed: number): () => number {
  const pick = randomOf(seed);
  return () => pick(1_000_000) / 1_000_000;
}

/** Objects of nobody, and of another environment: what faults must never cost. */
function bystanders(namespace: string): readonly Manifest[] {
  const foreign = { "drover.dev/environment": "elsewhere", "drover.dev/application": "one" };
  return [
    configMap(namespace, "bystander"),
    { ...configMap(namespace, "foreign"), metadata: { name: "foreign", namespace, labels: foreign } },
  ];
}

export function describeFaults(stage: () => ReconcilerStage): void {
  describe("faults of the way to the API server", () => {
    test.each([1, 2, 9])(
      "while assignments change quickly (seed %i): live is as desired, nothing else is gone, nothing is lost",
      async (seed) => {
        const { cluster } = stage();
        const pick = randomOf(seed);
        const proxy = await startFaultProxy(cluster.kubeconfig, {
          random: () => pick(1_000_000) / 1_000_000,
          share: 0.3,
        });
        try {
          const namespace = await createNamespace(cluster);
          for (const object of bystanders(namespace)) {
            await cluster.raw("POST", `/api/v1/namespaces/${namespace}/configmaps`, object);
          }
          const options = { kubeconfig: proxy.kubeconfig, ...impatience };
          let engine: Engine = await stage().start(options);
          const { environment } = engine;
          let wanted: Wanted = { applications: {} };
          const assign = (generation: number) => {
            wanted = { generation, applications: chooseApplications(pick, namespace) };
            void engine.assign(wanted);
          };
          for (let step = 1; step <= 40; step++) {
            const choice = pick(10);
            if (choice < 5) assign(step);
            else if (choice < 8) {
              const object = configMap(namespace, objectNames[pick(objectNames.length)] ?? "a");
              const disturbance =
                pick(2) === 0 ? remove(cluster, object) : edit(cluster, object, { data: { key: "x" } });
              // There may be no such object now.
              await disturbance.catch(() => undefined);
            } else if (choice === 8) await new Promise((resolve) => setTimeout(resolve, pick(200)));
            else {
              await engine.stop();
              engine = await stage().start({ ...options, environment });
              void engine.assign(wanted);
            }
          }
          assign(100);
          const expected = Object.entries(wanted.applications).flatMap(([application, { objects }]) =>
            objects.map((object) => `${application} ${object.metadata.name} ${JSON.stringify(object["data"])}`),
          );
          const there = async () => {
            const live = await Promise.all(objectNames.map((name) => liveOf(cluster, configMap(namespace, name))));
            return live
              .filter((object) => object !== undefined)
              .map(
                ({ metadata, data }) =>
                  `${metadata.labels?.["drover.dev/application"]} ${metadata.name} ${JSON.stringify(data)}`,
              );
          };
          // The faults go on all the while.
          await expect.poll(async () => (await there()).toSorted(), patient).toEqual(expected.toSorted());
          proxy.calm();
          await engine.reconciler.reconcileNow();
          await expect.poll(() => engine.reported.phases().slice(-2), patient).toEqual(["applied 100", "healthy 100"]);
          const recorded = async () =>
            Object.entries(await inventoryOf(cluster, environment))
              .flatMap(([application, { objects }]) => objects.map((row) => `${application} ${row[3]}`))
              .toSorted();
          const owned = expected.map((text) => text.split(" ").slice(0, 2).join(" ")).toSorted();
          await expect.poll(recorded, patient).toEqual(owned);
          expect((await there()).toSorted()).toEqual(expected.toSorted());
          await expect
            .poll(() => engine.reported.environment(), patient)
            .toMatchObject({ sync: "Synced", health: "Healthy", message: "" });
          for (const object of bystanders(namespace)) {
            expect(await liveOf(cluster, object)).toMatchObject({ data: object["data"] });
          }
          expect(Object.keys(proxy.hits()).length).toBeGreaterThan(0);
        } finally {
          proxy.calm();
          await stage().stopAll();
          await proxy.stop();
        }
      },
      300_000,
    );

    test("of each kind, on every third request: a new assignment and changes by others come through", async () => {
      const { cluster } = stage();

      /** What is there in the end, by name. */
      async function endsWith(fault: Fault): Promise<unknown> {
        const random = fractionsOf(7);
        const proxy = await startFaultProxy(cluster.kubeconfig, { random, share: 0.34, kinds: [fault] });
        const namespace = await createNamespace(cluster);
        const engine = await stage().start({ kubeconfig: proxy.kubeconfig, ...impatience });
        const [kept, gone, edited] = ["kept", "gone", "edited"].map((name) =>
          configMap(namespace, name),
        ) as unknown as Three;
        const phases = () => engine.reported.phases();
        const message = fault;
        try {
          void engine.assign({ applications: { shop: { objects: [kept, gone, edited] } } });
          await expect.poll(phases, { ...patient, message }).toContain("healthy 1");
          void engine.assign({ generation: 2, applications: { shop: { objects: [kept, edited] } } });
          await edit(cluster, edited, { data: { key: "theirs" } });
          await remove(cluster, kept);
          const data = async () =>
            Promise.all([kept, gone, edited].map(async (object) => (await liveOf(cluster, object))?.["data"]));
          await expect.poll(data, { ...patient, message }).toEqual([{ key: "1" }, undefined, { key: "1" }]);
          await expect.poll(phases, { ...patient, message }).toContain("healthy 2");
          return (proxy.hits()[fault] ?? 0) > 0 ? "came through" : "was not tried";
        } finally {
          proxy.calm();
          await engine.stop();
          await proxy.stop();
        }
      }

      const ends = await Promise.all(faults.map(async (fault) => [fault, await endsWith(fault)]));
      expect(Object.fromEntries(ends)).toEqual(Object.fromEntries(faults.map((fault) => [fault, "came through"])));
    }, 300_000);
  });
}
