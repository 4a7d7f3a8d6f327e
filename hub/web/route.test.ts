import { expect, test } from "vitest";
import { clusterPath, environmentPath, routeOf, titleOf } from "./route.ts";

test("routeOf() finds the page of an address, and its way back", () => {
  expect(
    [
      "/",
      "/environments/prod",
      "/clusters",
      "/clusters/edge-1",
      "/drift",
      "/environments",
      "/a/b/c",
      "/environments/%",
    ].map(routeOf),
  ).toEqual([
    { page: "overview" },
    { page: "environment", name: "prod" },
    { page: "clusters" },
    { page: "cluster", name: "edge-1" },
    { page: "drift" },
    { page: "nowhere" },
    { page: "nowhere" },
    { page: "environment", name: "%" },
  ]);
  expect([routeOf(environmentPath("a/b c")), routeOf(clusterPath("ü"))]).toEqual([
    { page: "environment", name: "a/b c" },
    { page: "cluster", name: "ü" },
  ]);
  expect(["/", "/environments/prod", "/clusters", "/drift", "/x"].map((path) => titleOf(routeOf(path)))).toEqual([
    "Overview",
    "prod",
    "Clusters",
    "Drift",
    "Not found",
  ]);
});
