import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ClusterCount, RolloutPolicy, WavePolicy } from "../../common/domain/index.ts";
import { clusterEntries, createRolloutState, type RolloutState, step } from "../../hub/rollout/index.ts";
import { createWorld, policyWith, type Untimed, type World, wave } from "./world.ts";

const names = Array.from({ length: 9 }, (_, index) => `c${index + 1}`);
const revisions = ["B", "C", "D"];

const count: fc.Arbitrary<ClusterCount> = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map((many) => ({ count: many })),
  fc.constantFrom(10, 25, 50, 100).map((percent) => ({ percent, atLeast: 1 })),
);

const waves: fc.Arbitrary<readonly WavePolicy[]> = fc
  .array(
    fc.record({
      clusters: fc.oneof(
        fc.constantFrom("true", "false").map((canary) => ({
          type: "labels" as const,
          selector: { matchLabels: { canary }, matchExpressions: [] },
        })),
        fc.subarray(names, { minLength: 1, maxLength: 3 }).map((list) => ({ type: "names" as const, names: list })),
        fc.integer({ min: 1, max: 4 }).map((many) => ({ type: "count" as const, count: many })),
        fc.constantFrom(20, 50).map((percent) => ({ type: "percent" as const, percent })),
      ),
      maxUnavailable: count,
      maxFailures: fc.integer({ min: 0, max: 2 }).map((many) => ({ count: many })),
      bakeMs: fc.constantFrom(0, 0, 300_000),
      progressDeadlineMs: fc.constantFrom(60_000, 600_000),
      before: fc.subarray(["smoke", "board"], { maxLength: 1 }),
      after: fc.subarray(["smoke", "quorum"], { maxLength: 1 }),
    }),
    { maxLength: 3 },
  )
  .map((list) => [
    ...list.map((each, index) => wave(`w${index}`, each.clusters, each)),
    wave("rest", { type: "rest" }),
  ]);

const timing = { timeoutMs: 60_000, attempts: 2, intervalMs: 30_000 };
const policies: fc.Arbitrary<RolloutPolicy> = fc
  .record({
    waves,
    onFailure: fc.constantFrom("pause", "rollback", "continue"),
    onNewRevision: fc.constantFrom("supersede", "queue"),
    join: fc.constantFrom("released", "current"),
    offline: fc.constantFrom("skip", "wait"),
    pacing: fc.constantFrom(
      { parallelism: undefined, intervalMs: 0, jitterMs: 0, registry: undefined },
      { parallelism: 2, intervalMs: 1000, jitterMs: 500, registry: { label: "registry", parallelism: 1 } },
    ),
  })
  .map((others) =>
    policyWith({
      ...others,
      gates: {
        smoke: { type: "http", url: "https://shop.example", status: 200, ...timing },
        board: { type: "approval", count: 1, from: [] },
        quorum: { type: "health", quorum: { percent: 50, atLeast: 0 }, scope: "wave", timeoutMs: 600_000 },
      },
    }),
  );

const cluster = fc.constantFrom(...names);
const labels = fc.record({ canary: fc.constantFrom("true", "false"), registry: fc.constantFrom("eu", "us") });
const health = fc.constantFrom("Healthy", "Healthy", "Healthy", "Degraded", "Progressing");

type Act = (world: World) => void;
const operation = fc.constantFrom("pause", "resume", "abort", "retry", "skipWave", "override");
const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(cluster, health).map(
      ([name, state]): Act =>
        (world) =>
          reportFor(world, name, state),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...revisions).chain((to) =>
      fc.boolean().map(
        (manual): Act =>
          (world) =>
            world.push(to, { manual }),
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(cluster, labels, fc.boolean())
      .map(([name, own, online]) => sends({ type: "join", cluster: name, labels: own, online })),
  },
  { weight: 1, arbitrary: cluster.map((name) => sends({ type: "leave", cluster: name })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(cluster, fc.boolean())
      .map(([name, online]) => sends({ type: "presence", cluster: name, online })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(cluster, fc.constantFrom("work", undefined))
      .map(([name, reason]) => sends({ type: "suspend", cluster: name, reason })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(cluster, fc.constantFrom("no value", undefined)).map(
      ([name, reason]): Act =>
        (world) =>
          world.send({ type: "held", cluster: name, revision: world.state().run?.revision ?? "", reason }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom("passed", "failed", "running").map(
      (verdict): Act =>
        (world) =>
          answer(world, verdict),
    ),
  },
  {
    weight: 2,
    arbitrary: operation.map((each) => sends({ type: "operation", operation: each, actor: "ann", reason: "why" })),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Act>((world) =>
      world.send({
        type: "operation",
        operation: "approve",
        actor: "bob",
        reason: "",
        revision: world.state().run?.revision ?? "",
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(1000, 60_000, 600_000).map(
      (ms): Act =>
        (world) =>
          world.wait(ms),
    ),
  },
  { weight: 1, arbitrary: fc.constant(sends({ type: "restart" })) },
  { weight: 1, arbitrary: policies.map((policy) => sends({ type: "policy", policy })) },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (well): Act =>
        (world) =>
          revert(world, well),
    ),
  },
);

function sends(event: Untimed): Act {
  return (world) => world.send(event);
}

function reportFor(world: World, name: string, state: "Healthy" | "Degraded" | "Progressing"): void {
  for (const [known, { assigned }] of clusterEntries(world.state().clusters)) {
    if (known !== name || assigned === undefined) continue;
    return world.send({
      type: "report",
      cluster: name,
      revision: assigned,
      applied: true,
      health: state,
      message: "m",
    });
  }
}

function answer(world: World, verdict: "passed" | "failed" | "running"): void {
  const open = Object.values(world.state().run?.gates ?? {}).find(({ state }) => state === "running");
  if (open !== undefined) world.send({ type: "gate", id: open.id, verdict, message: "" });
}

function revert(world: World, well: boolean): void {
  const { run } = world.state();
  if (run?.phase.name !== "reverting") return;
  if (!well) return world.send({ type: "revertFailed", of: run.revision, message: "refused" });
  const release = {
    id: `revert-${run.id}`,
    revision: `not-${run.revision}`,
    authors: [],
    manual: false,
    revertOf: run.revision,
    seed: 1,
  };
  world.send({ type: "reverted", of: run.revision, release });
}

function play(policy: RolloutPolicy, story: readonly Act[]): World {
  const world = createWorld(policy);
  for (const [index, name] of names.entries()) {
    const own = { canary: String(index < 2), registry: index % 2 === 0 ? "eu" : "us" };
    world.send({ type: "join", cluster: name, labels: own, online: true, assigned: "A" });
  }
  world.push("B");
  for (const act of story) act(world);
  return world;
}

const runs = { numRuns: 400 };

test("step() keeps budgets, waves and gates whatever happens, and counts right", () => {
  // Each step is checked by the world.
  fc.assert(
    fc.property(policies, fc.array(acts, { maxLength: 60 }), (policy, story) => void play(policy, story)),
    runs,
  );
});

test("step() makes the same state of the same events, also through JSON", () => {
  fc.assert(
    fc.property(policies, fc.array(acts, { maxLength: 40 }), (policy, story) => {
      const { log, state } = play(policy, story);
      let again = createRolloutState("prod", policy, "A");
      for (const event of log) again = JSON.parse(JSON.stringify(step(again, event).state)) as RolloutState;
      expect(again).toEqual(JSON.parse(JSON.stringify(state())));
    }),
    { numRuns: 100 },
  );
});

test("step() comes to an end when clusters behave and people resume: all that can be reached has the revision", () => {
  fc.assert(
    fc.property(policies, fc.array(acts, { maxLength: 40 }), (policy, story) => {
      const world = play(policy, story);
      for (const [name, { suspended, held }] of clusterEntries(world.state().clusters)) {
        if (suspended !== undefined) world.send({ type: "suspend", cluster: name, reason: undefined });
        if (held !== undefined) world.send({ type: "held", cluster: name, revision: held.revision, reason: undefined });
        world.send({ type: "presence", cluster: name, online: true });
      }
      world.push("Z", { manual: true });
      for (let turn = 0; turn < 5 && world.state().run?.phase.name !== "done"; turn++) {
        world.settle();
        world.send({ type: "operation", operation: "resume", actor: "ann", reason: "go on" });
        world.settle();
      }
      const { run, clusters, released, queue } = world.state();
      const runsZ = [...clusterEntries(clusters)].every(([, { assigned }]) => assigned === "Z");
      expect({ phase: run?.phase.name, released, queue: queue.length, runsZ }).toEqual({
        phase: "done",
        released: "Z",
        queue: 0,
        runsZ: true,
      });
    }),
    { numRuns: 200 },
  );
});

test("step() only ever brings a cluster forward, unless a rollback takes the revision back", () => {
  fc.assert(
    fc.property(policies, fc.array(acts, { maxLength: 60 }), (policy, story) => {
      const { log } = play(policy, story);
      let state = createRolloutState("prod", policy, "A");
      for (const event of log) {
        const next = step(state, event);
        for (const effect of next.effects) {
          if (effect.type !== "assign" || event.type === "restart" || event.type === "join") continue;
          const { run, released } = next.state;
          expect([run?.revision, released]).toContain(effect.revision);
        }
        state = next.state;
      }
    }),
    { numRuns: 100 },
  );
});

test("step() rolls a revision back at most once", () => {
  fc.assert(
    fc.property(policies, fc.array(acts, { maxLength: 80 }), (policy, story) => {
      const { log } = play({ ...policy, onFailure: "rollback" }, story);
      let state = createRolloutState("prod", { ...policy, onFailure: "rollback" }, "A");
      const reverts = new Map<string, number>();
      for (const event of log) {
        const { state: next, effects } = step(state, event);
        const again =
          event.type === "restart" || (event.type === "operation" && ["retry", "resume"].includes(event.operation));
        for (const effect of effects) {
          if (effect.type !== "revert" || again || next.run === undefined) continue;
          reverts.set(next.run.id, (reverts.get(next.run.id) ?? 0) + 1);
          expect(next.run.kind).toBe("forward");
        }
        state = next;
      }
      expect(Math.max(0, ...reverts.values())).toBeLessThanOrEqual(1);
    }),
    { numRuns: 100 },
  );
});
