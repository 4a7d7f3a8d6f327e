import { expect, test } from "vitest";
import { defaultRolloutPolicy, type RolloutPolicy } from "../../common/domain/index.ts";
import {
  createRolloutState,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
  type Step,
  step,
} from "./index.ts";

const [all] = defaultRolloutPolicy.waves;
if (all === undefined) throw new Error("the default has a wave");
const canaryFirst: RolloutPolicy = {
  ...defaultRolloutPolicy,
  waves: [
    { ...all, name: "canary", clusters: { type: "count", count: 1 } },
    { ...all, name: "rest" },
  ],
  onFailure: "pause",
};

type Told = RolloutEvent extends infer Each ? (Each extends { at: number } ? Omit<Each, "at"> : never) : never;

function run(policy: RolloutPolicy, events: readonly Told[]): { state: RolloutState; told: string[] } {
  let state = createRolloutState("prod", policy, "old");
  const told: string[] = [];
  for (const [index, event] of events.entries()) {
    const next: Step = step(state, { at: 1000 * index, ...event });
    state = next.state;
    told.push(...next.effects.flatMap(shownAssign));
  }
  return { state, told };
}

const shownAssign = (effect: RolloutEffect) =>
  effect.type === "assign" ? [`${effect.cluster} ${effect.revision}`] : [];

const revision = (name: string): Told => ({
  type: "revision",
  id: `run-${name}`,
  revision: name,
  authors: ["alice"],
  manual: false,
  revertOf: undefined,
  seed: 1,
});
const joins = (cluster: string): Told => ({ type: "join", cluster, labels: {}, online: true, assigned: "old" });
const healthy = (cluster: string, of: string): Told => ({
  type: "report",
  cluster,
  revision: of,
  applied: true,
  health: "Healthy",
  message: "",
});

test("step() tells the second wave only when the first is healthy at the new revision", () => {
  const start = [joins("a"), joins("b"), joins("c"), revision("new")];
  expect(run(canaryFirst, start).told).toEqual(["a new"]);
  expect(run(canaryFirst, [...start, healthy("a", "old"), healthy("b", "old")]).told).toEqual(["a new"]);
  const { state, told } = run(canaryFirst, [...start, ...["a", "b", "c"].map((cluster) => healthy(cluster, "new"))]);
  expect(told).toEqual(["a new", "b new", "c new"]);
  expect({ phase: state.run?.phase.name, released: state.released }).toEqual({ phase: "done", released: "new" });
});
