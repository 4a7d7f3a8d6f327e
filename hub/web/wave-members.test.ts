import { expect, test } from "vitest";
import { sampleClusters } from "./sample-fleet.ts";
import { waveMembers } from "./wave-members.ts";

test("waveMembers() says how each cluster of a wave is, the worst first", () => {
  const plan = { waves: [{ name: "all", clusters: ["prod-2", "gone", "prod-1"] }] };
  expect([
    waveMembers(plan, "all", sampleClusters, "prod"),
    waveMembers(plan, "other", sampleClusters, "prod"),
    waveMembers(undefined, "all", sampleClusters, "prod"),
  ]).toEqual([
    [
      { name: "prod-1", kind: "failing", tone: "bad" },
      { name: "prod-2", kind: "offline", tone: "warn" },
    ],
    [],
    [],
  ]);
});
