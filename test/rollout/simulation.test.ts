import { expect, test } from "vitest";
import { clusterEntries, clusterEntry } from "../../hub/rollout/index.ts";
import { seeded } from "../fakes/seeded.ts";
import { checkCounters } from "./invariants.ts";
import { createWorld, policyWith, type World, wave } from "./world.ts";

const fleet = 10_000;
const steps = 12_000;

// Each seed is a story of its own; one that ever failed stays in the list.
test.each([1, 3])("a fleet of 10,000 with faults and edited policies comes to rest: seed %i", (seed) => {
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const world = createWorld(policyFor(pick), { check: false, log: false });
  for (let index = 0; index < fleet; index++) {
    const labels = { region: `r${index % 7}`, canary: String(index % 100 === 0), registry: `g${index % 20}` };
    world.send({ type: "join", cluster: `c${index}`, labels, online: random() > 0.02, assigned: "A" });
  }
  let revisions = 0;
  world.push(`r${revisions++}`);
  for (let turn = 0; turn < steps; turn++) {
    fault(world, random, pick, () => `r${revisions++}`);
    if (turn % 3000 === 0) checkCounters(world.state());
  }

  for (const [name, { online }] of [...clusterEntries(world.state().clusters)]) {
    if (!online) world.send({ type: "presence", cluster: name, online: true });
  }
  world.push("last", { manual: true });
  for (let turn = 0; turn < 3 && world.state().released !== "last"; turn++) {
    world.settle();
    world.send({ type: "operation", operation: "resume", actor: "ann", reason: "go on" });
  }
  world.settle();
  checkCounters(world.state());
  const { released, run, clusters } = world.state();
  const others = [...clusterEntries(clusters)].filter(([, { assigned }]) => assigned !== "last").length;
  expect({ released, phase: run?.phase.name, others }).toEqual({ released: "last", phase: "done", others: 0 });
});

function policyFor(pick: <T>(items: readonly T[]) => T) {
  const canary = { matchLabels: { canary: "true" }, matchExpressions: [] };
  return policyWith({
    waves: [
      wave("canary", { type: "labels", selector: canary }, { bakeMs: pick([0, 60_000]) }),
      wave("half", { type: "percent", percent: pick([10, 50]) }, { maxFailures: { count: pick([0, 50]) } }),
      wave("rest", { type: "rest" }, { maxUnavailable: pick([{ count: 500 }, { percent: 50, atLeast: 1 }]) }),
    ],
    onFailure: pick(["pause", "rollback", "continue"]),
    onNewRevision: pick(["supersede", "queue"]),
    offline: "skip",
    pacing: {
      parallelism: pick([undefined, 2000]),
      intervalMs: 0,
      jitterMs: 0,
      registry: pick([undefined, { label: "registry", parallelism: 200 }]),
    },
  });
}

/** One thing that happens; mostly clusters that do what they were told. */
function fault(world: World, random: () => number, pick: <T>(items: readonly T[]) => T, next: () => string): void {
  const name = `c${Math.floor(random() * fleet)}`;
  const entry = clusterEntry(world.state().clusters, name);
  const luck = random();
  if (luck < 0.9) {
    if (entry?.assigned === undefined || !entry.online) return;
    const health = random() < 0.0005 ? "Degraded" : "Healthy";
    return world.send({ type: "report", cluster: name, revision: entry.assigned, applied: true, health, message: "m" });
  }
  if (luck < 0.95) return world.send({ type: "presence", cluster: name, online: random() < 0.5 });
  if (luck < 0.96) return world.send({ type: "leave", cluster: name });
  if (luck < 0.98) {
    const labels = { region: pick(["r1", "r2"]), canary: pick(["true", "false"]), registry: pick(["g1", "g2"]) };
    return world.send({ type: "join", cluster: name, labels, online: true });
  }
  if (luck < 0.99) return world.wait(pick([100, 1000, 30_000]));
  if (luck < 0.995) return world.send({ type: "operation", operation: "resume", actor: "ann", reason: "go on" });
  if (luck < 0.9975) return world.push(next(), { manual: random() < 0.3 });
  world.send({ type: "policy", policy: policyFor(pick) });
}
