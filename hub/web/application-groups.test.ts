import { expect, test } from "vitest";
import type { ApplicationView } from "../../common/domain/index.ts";
import { groupApplications, toneOf } from "./application-groups.ts";
import { sampleApplications } from "./sample-fleet.ts";

const [fine] = sampleApplications;
const on = (cluster: string, change: Partial<ApplicationView>): ApplicationView => ({ ...fine, cluster, ...change });

test("groupApplications() puts failing applications first, and equal failures of many clusters into one", () => {
  const bad = { name: "shop", health: "Degraded", message: "image not found" } as const;
  const groups = groupApplications([
    on("c1", { name: "zebra" }),
    on("c1", bad),
    on("c2", { ...bad, message: "disk full" }),
    on("c3", { ...bad }),
    on("c4", { name: "shop", drifted: 2 }),
    on("c1", { name: "batch", sync: "OutOfSync" }),
  ]);
  expect(groups).toEqual([
    {
      name: "shop",
      tone: "bad",
      total: 4,
      healthy: 1,
      synced: 4,
      drifted: 1,
      unconfirmed: 0,
      failures: [
        { tone: "bad", state: "Degraded", message: "image not found", clusters: ["c1", "c3"] },
        { tone: "bad", state: "Degraded", message: "disk full", clusters: ["c2"] },
      ],
    },
    {
      name: "batch",
      tone: "busy",
      total: 1,
      healthy: 1,
      synced: 0,
      drifted: 0,
      unconfirmed: 0,
      failures: [{ tone: "busy", state: "OutOfSync", message: "", clusters: ["c1"] }],
    },
    { name: "zebra", tone: "good", total: 1, healthy: 1, synced: 1, drifted: 0, unconfirmed: 0, failures: [] },
  ]);
});

test("groupApplications() counts deletions that nobody has confirmed", () => {
  const blockedPrune = { digest: "d", count: 3, reason: "too many", objects: [], confirmed: null };
  const confirmed = { ...blockedPrune, confirmed: { actor: "ann", at: "2026-01-01T00:00:00Z" } };
  const [group] = groupApplications([
    on("c1", { blockedPrune }),
    on("c2", { blockedPrune }),
    on("c3", { blockedPrune: confirmed }),
  ]);
  expect(group?.unconfirmed).toBe(6);
});

test("toneOf() takes what is out of sync and says why for worse than what only needs time", () => {
  const tone = (health: ApplicationView["health"], sync: ApplicationView["sync"], message = "") =>
    toneOf({ health, sync, message });
  expect([
    tone("Healthy", "Synced"),
    tone("Healthy", "OutOfSync"),
    tone("Healthy", "OutOfSync", "Cannot apply"),
    tone("Progressing", "OutOfSync", "Cannot apply"),
    tone("Progressing", "Synced", "0 of 1 ready"),
    tone("Missing", "Synced"),
    tone("Degraded", "OutOfSync", "Cannot apply"),
    tone("Unknown", "Unknown"),
    tone("Healthy", "Unknown"),
  ]).toEqual(["good", "busy", "warn", "warn", "busy", "bad", "bad", "quiet", "quiet"]);
});
