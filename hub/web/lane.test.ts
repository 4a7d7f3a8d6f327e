import { expect, test } from "vitest";
import type { EnvironmentView, PromotionView, RolloutView } from "../../common/domain/index.ts";
import { laneColumns, laneOf } from "./lane.ts";
import { sampleEnvironments, samplePromotions, sampleRollout } from "./sample-fleet.ts";

const [dev, staging, prod] = sampleEnvironments;
const [intoStaging] = samplePromotions;

/** State, tone, sentence and stops of an environment's lane. */
function shown(
  environment: EnvironmentView,
  { promotion, rollout }: { readonly promotion?: PromotionView; readonly rollout?: RolloutView } = {},
): readonly string[] {
  const lane = laneOf(environment, {
    promotions: promotion === undefined ? [] : [promotion],
    rollouts: rollout === undefined ? [] : [{ ...rollout, environment: environment.name }],
  });
  return [
    `${lane.tone}: ${lane.state}`,
    ...(lane.sentence === undefined ? [] : [`${lane.sentence.tone}: ${lane.sentence.text}`]),
    ...lane.stops.map(({ kind, text }) => `${kind}: ${text}`),
  ];
}

test("laneColumns() puts an environment right of all that it gets changes from", () => {
  const others = { promotions: [], rollouts: [] };
  const from = (name: string, ...upstreams: string[]): EnvironmentView => ({ ...staging, name, upstreams });
  const columns = laneColumns({
    environments: [dev, from("eu", "dev"), from("us", "dev"), from("prod", "dev", "us"), from("lone", "gone")],
    ...others,
  });
  expect(columns.map((lanes) => lanes.map(({ environment }) => environment.name))).toEqual([
    ["dev", "lone"],
    ["eu", "us"],
    ["prod"],
  ]);
});

test("laneOf() says why a rollout failed before anything else", () => {
  const mistake: EnvironmentView["problems"] = [{ severity: "error", message: "Wrong" }];
  expect(shown({ ...prod, problems: mistake }, { rollout: sampleRollout })).toEqual([
    "bad: Failed",
    'bad: Paused by drover: 1 of 1 cluster of wave "canary" failed: shop: Cannot apply Deployment shop/web: Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0 (apps/shop/manifests/web.yaml:1) (prod-1)',
    "Suspended: 1 of 2 clusters keep what they have",
  ]);
});

test("laneOf() says what is wrong in Git, where it is", () => {
  const position = { file: "fleet.yaml", line: 7, path: "environments[1]" };
  expect([
    shown({ ...dev, problems: [{ severity: "error", message: "Unknown field", position }] }),
    shown({ ...dev, problems: [{ severity: "warning", message: "Old" }] }),
  ]).toEqual([["bad: Mistake in Git", "bad: fleet.yaml:7 environments[1]: Unknown field"], ["good: Healthy"]]);
});

test("laneOf() says what the clusters say, also where nothing is rolled out in waves", () => {
  const degraded = { ...dev, health: "Degraded", sync: "OutOfSync", message: "image not found (c1)" } as const;
  expect([
    shown(degraded),
    shown({ ...degraded, health: "Progressing" }, { rollout: { ...sampleRollout, state: "updating", waves: [] } }),
  ]).toEqual([
    ["bad: Degraded", "bad: image not found (c1)"],
    ["busy: Rolling out", "busy: image not found (c1)"],
  ]);
});

test("laneOf() says what a rollout waits for, by its state", () => {
  const at = (state: RolloutView["state"], message: string, kind: RolloutView["kind"] = "forward") =>
    shown(dev, { rollout: { ...sampleRollout, state, message, kind, waves: [] } });
  expect([
    at("waiting", 'gate "go" before wave "rest"'),
    at("updating", "c1 to become healthy"),
    at("updating", "c1 to become healthy", "rollback"),
    at("baking", 'wave "a" to stay healthy until 10:00'),
    at("paused", "paused by ann: lunch"),
    at("reverting", "the revert commit, because c1 failed"),
    at("blocked", "no wave takes c9"),
    at("done", "c1 (offline) to catch up"),
    at("done", "68d5a83c is held back by ann: later"),
    at("done", ""),
  ]).toEqual([
    ["busy: Waiting", 'busy: Waits for gate "go" before wave "rest"'],
    ["busy: Rolling out", "busy: Waits for c1 to become healthy"],
    ["busy: Rolling back", "busy: Waits for c1 to become healthy"],
    ["busy: Proving itself", 'busy: Waits for wave "a" to stay healthy until 10:00'],
    ["warn: Paused", "warn: Paused by ann: lunch"],
    ["bad: Rolling back", "bad: Waits for the revert commit, because c1 failed"],
    ["bad: Blocked", "bad: no wave takes c9"],
    ["good: Healthy", "good: Waits for c1 (offline) to catch up"],
    ["good: Healthy", "good: 68d5a83c is held back by ann: later"],
    ["good: Healthy"],
  ]);
});

test("laneOf() says what keeps the next commit out", () => {
  const gates = (state: PromotionView["gates"][number]["state"]): PromotionView["gates"] => [
    { name: "upstream", state: "passed", reason: "", until: null },
    { name: "soak", state, reason: "1m of 10m", until: null },
  ];
  const into = (change: Partial<PromotionView>) => shown(staging, { promotion: { ...intoStaging, ...change } })[1];
  expect([
    into({}),
    into({ gates: gates("failed"), state: "blocked" }),
    into({ gates: gates("passed"), state: "ready" }),
    into({ gates: gates("passed"), state: "ready", mode: "auto" }),
    into({ candidate: null }),
  ]).toEqual([
    "busy: 91c9323e waits: approvals: 0 of 1 approvals",
    "warn: 91c9323e may not come in: soak: 1m of 10m",
    "quiet: 91c9323e may come in: 'drover promote staging'",
    "busy: 91c9323e is coming in",
    undefined,
  ]);
});

test("laneOf() tells holds, freezes and suspensions, and what is missing at the beginning", () => {
  const empty = { ...dev.clusters, total: 0, synced: 0, healthy: 0 };
  expect([
    shown({ ...dev, hold: "until the audit", freeze: '"dev" is frozen by ann' }),
    shown({ ...dev, clusters: { ...dev.clusters, offline: 1 } }),
    shown({ ...dev, clusters: empty })[0],
    shown({ ...dev, revision: null, clusters: empty }),
  ]).toEqual([
    ["warn: Held", "Held: until the audit", 'Frozen: "dev" is frozen by ann'],
    ["warn: 1 offline"],
    "quiet: No clusters",
    ["quiet: No commit yet"],
  ]);
});
