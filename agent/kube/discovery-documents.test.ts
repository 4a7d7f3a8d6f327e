import { expect, test } from "vitest";
import { kindsOfAggregated, kindsOfLegacy } from "./discovery-documents.ts";

test("kindsOfAggregated() reads groups, versions and scopes, without resources that have no kind", () => {
  const table = kindsOfAggregated({
    items: [
      {
        versions: [
          {
            version: "v1",
            resources: [
              { resource: "pods", scope: "Namespaced", responseKind: { group: "", version: "v1", kind: "Pod" } },
              { resource: "nodes", scope: "Cluster", responseKind: { group: "", version: "v1", kind: "Node" } },
              { resource: "odd", scope: "Namespaced", responseKind: { kind: "" } },
            ],
          },
        ],
      },
      {
        metadata: { name: "apps" },
        versions: [
          {
            version: "v1",
            resources: [{ resource: "deployments", scope: "Namespaced", responseKind: { kind: "Deployment" } }],
          },
          { version: "v1beta1" },
        ],
      },
    ],
  });
  expect([...table.values()]).toEqual([
    { apiVersion: "v1", kind: "Pod", plural: "pods", namespaced: true },
    { apiVersion: "v1", kind: "Node", plural: "nodes", namespaced: false },
    { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", namespaced: true },
  ]);
});

test("kindsOfLegacy() leaves subresources out", () => {
  const table = kindsOfLegacy("apps/v1", {
    resources: [
      { name: "deployments", kind: "Deployment", namespaced: true },
      { name: "deployments/scale", kind: "Scale", namespaced: true },
    ],
  });
  expect([...table.values()]).toEqual([
    { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", namespaced: true },
  ]);
});
