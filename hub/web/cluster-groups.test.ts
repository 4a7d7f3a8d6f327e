import { expect, test } from "vitest";
import type { ClusterEnvironmentView, ClusterView } from "../../common/domain/index.ts";
import { clusterKind, clustersByEnvironment, groupClusters, searchClusters } from "./cluster-groups.ts";
import { sampleClusters } from "./sample-fleet.ts";

const [fine] = sampleClusters;
const [well] = fine.environments;

/** A cluster that is fine but for this. */
function cluster(
  name: string,
  view: Partial<ClusterEnvironmentView> = {},
  change: Partial<ClusterView> = {},
): ClusterView {
  return { ...fine, name, environments: [{ ...well, ...view }], ...change };
}

test("groupClusters() tells what needs somebody before what needs nobody", () => {
  const suspended = { by: "ann", reason: "", since: "2026-01-01T00:00:00Z" };
  const groups = groupClusters([
    cluster("fine"),
    cluster("degraded", { health: "Degraded" }),
    cluster("gone", { health: "Degraded" }, { connected: false }),
    cluster("offline", {}, { connected: false }),
    cluster("refusing", { sync: "OutOfSync", message: "Cannot apply" }),
    cluster("behind", { sync: "OutOfSync" }),
    cluster("starting", { health: "Progressing", message: "0 of 1 ready" }),
    cluster("new", { sync: "Unknown", health: "Unknown", message: "Not reported yet" }),
    cluster("drifted", { drifted: 1 }),
    cluster("suspended", { suspended, sync: "OutOfSync", message: "Suspended by ann" }),
    cluster("pending", {}, { identity: "pending", environments: [] }),
    cluster("revoked", { health: "Degraded" }, { identity: "revoked" }),
    cluster("unused", {}, { environments: [] }),
    cluster("fine too"),
  ]);
  expect(groups.map(({ kind, tone, clusters }) => [kind, tone, clusters.map(({ name }) => name).join()])).toEqual([
    ["failing", "bad", "degraded,gone"],
    ["offline", "warn", "offline"],
    ["stuck", "warn", "refusing"],
    ["drifted", "warn", "drifted"],
    ["updating", "busy", "behind,starting,new"],
    ["suspended", "quiet", "suspended"],
    ["pending", "quiet", "pending"],
    ["revoked", "quiet", "revoked"],
    ["unused", "quiet", "unused"],
    ["fine", "good", "fine,fine too"],
  ]);
});

test("clusterKind() looks at one environment, or at the worst of all", () => {
  const both = cluster("both", {}, { environments: [well, { ...well, name: "edge", health: "Degraded" }] });
  expect([clusterKind(both, "dev"), clusterKind(both, "edge"), clusterKind(both)]).toEqual([
    "fine",
    "failing",
    "failing",
  ]);
});

test("searchClusters() finds all words in names, labels and environments", () => {
  const names = (words: string) => searchClusters(sampleClusters, words).map(({ name }) => name);
  expect([names(""), names(" PROD "), names("prod canary=true"), names("prod dev"), names("environment=dev")]).toEqual([
    ["dev-1", "prod-1", "prod-2"],
    ["prod-1", "prod-2"],
    ["prod-1"],
    [],
    ["dev-1"],
  ]);
});

test("clustersByEnvironment() has a cluster in each of its environments, and those without any last", () => {
  const both = cluster("both", {}, { environments: [well, { ...well, name: "edge" }] });
  const shown = clustersByEnvironment([cluster("none", {}, { environments: [] }), ...sampleClusters, both]);
  expect(shown.map(({ environment, clusters }) => [environment, clusters.map(({ name }) => name).join()])).toEqual([
    ["dev", "dev-1,both"],
    ["prod", "prod-1,prod-2"],
    ["edge", "both"],
    [undefined, "none"],
  ]);
});
