import { expect, test } from "vitest";
import type { RolloutView } from "../../common/domain/index.ts";
import { actionsOf } from "./actions.ts";
import { samplePromotions, sampleRollout } from "./sample-fleet.ts";

const [intoStaging] = samplePromotions;
const fine: RolloutView = { ...sampleRollout, waves: [], gates: [] };

test("actionsOf() offers what the rollout's state allows", () => {
  const labels = (change: Partial<RolloutView>) =>
    actionsOf("prod", undefined, { ...fine, ...change }).map(({ label }) => label);
  const hold = { reason: "later", by: "ann", since: "2026-01-01T00:00:00Z" };
  expect([
    actionsOf("prod", undefined, undefined),
    labels({ state: "done" }),
    labels({ state: "updating" }),
    labels({ state: "paused" }),
    labels({ state: "paused", waves: sampleRollout.waves }),
    labels({ state: "aborted", hold }),
    labels({ state: "reverting" }),
  ]).toEqual([[], ["Hold"], ["Pause", "Hold"], ["Resume", "Hold"], ["Retry", "Hold"], ["Retry", "Release"], ["Hold"]]);
});

test("actionsOf() approves the very commit that is shown: the rollout's, else the promotion's", () => {
  const running = { ...sampleRollout.gates[0], state: "running" } as const;
  const approval = (rollout: RolloutView | undefined) => {
    const [first] = actionsOf("staging", intoStaging, rollout);
    return [first?.label, first?.path, first?.body];
  };
  const path = "environments/staging/approve";
  expect([
    approval(undefined),
    approval({ ...fine, gates: [running] }),
    approval({ ...fine, gates: [{ ...running, state: "passed" }] }),
    actionsOf("staging", { ...intoStaging, candidate: null }, undefined),
    actionsOf("staging", { ...intoStaging, gates: [] }, undefined),
  ]).toEqual([
    ["Approve 91c9323e", path, { revision: intoStaging.candidate }],
    ["Approve 68d5a83c", path, { revision: sampleRollout.revision }],
    ["Approve 91c9323e", path, { revision: intoStaging.candidate }],
    [],
    [],
  ]);
});
