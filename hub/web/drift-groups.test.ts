import { expect, test } from "vitest";
import { groupDrift } from "./drift-groups.ts";
import { sampleDrift } from "./sample-fleet.ts";

const [contested, corrected] = sampleDrift;

test("groupDrift() puts an object's drift on many clusters together, by what needs somebody most", () => {
  const later = { ...corrected, cluster: "staging-2", count: 2, lastSeen: "2026-11-23T18:19:30.000Z" };
  const detected = {
    ...corrected,
    cluster: "staging-3",
    state: "detected",
    firstSeen: "2026-11-01T00:00:00.000Z",
  } as const;
  const groups = groupDrift([corrected, later, detected, contested]);
  expect(
    groups.map(({ key, state, tone, clusters, count, managers }) => [key, state, tone, clusters, count, managers]),
  ).toEqual([
    ["prod/database//ConfigMap/database/database-settings", "contested", "bad", ["prod-2"], 12, ["kubectl-edit"]],
    [
      "staging/shop/apps/Deployment/shop/web",
      "detected",
      "warn",
      ["staging-1", "staging-2", "staging-3"],
      4,
      ["unknown"],
    ],
  ]);
  expect([groups[1]?.firstSeen, groups[1]?.lastSeen]).toEqual(["2026-11-01T00:00:00.000Z", "2026-11-23T18:19:30.000Z"]);
});

test("groupDrift() tells what is over after what is not, the newest first", () => {
  const at = (name: string, state: "corrected" | "resolved" | "detected", minute: number) => ({
    ...corrected,
    state,
    object: { ...corrected.object, name },
    lastSeen: `2026-11-23T18:${minute}:00.000Z`,
  });
  const groups = groupDrift([
    at("a", "resolved", 50),
    at("b", "corrected", 10),
    at("c", "corrected", 20),
    at("d", "detected", 10),
  ]);
  expect(groups.map(({ object }) => object.name)).toEqual(["d", "c", "b", "a"]);
});
