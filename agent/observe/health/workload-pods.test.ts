import { expect, test } from "vitest";
import type { LiveObject } from "../../ports.ts";
import { podSelector, troubledPods } from "./workload-pods.ts";

function pod(name: string, hash: string, minute: number, ready = "False"): LiveObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "shop",
      uid: name,
      resourceVersion: "1",
      labels: { "pod-template-hash": hash },
      creationTimestamp: `2026-11-23T12:0${minute}:00Z`,
    },
    spec: { containers: [] },
    status: { conditions: [{ type: "Ready", status: ready }] },
  };
}

test("troubledPods() keeps those of the newest revision that are not ready, newest first, without their spec", () => {
  const going = pod("going", "c", 9);
  const pods = [
    pod("old", "a", 1),
    pod("first", "b", 2),
    pod("ready", "b", 3, "True"),
    pod("second", "b", 4),
    { ...going, metadata: { ...going.metadata, deletionTimestamp: "2026-11-23T12:09:00Z" } },
  ];
  const kept = troubledPods(pods);
  expect(kept.map(({ metadata }) => metadata.name)).toEqual(["second", "first"]);
  expect(Object.keys(kept[0] ?? {})).toEqual(["apiVersion", "kind", "metadata", "status"]);
  expect(troubledPods(Array.from({ length: 40 }, (_, index) => pod(`p${index}`, "a", 1)))).toHaveLength(10);
  expect(troubledPods([])).toEqual([]);
});

test.each([
  [{ matchLabels: { app: "web", tier: "front" } }, "app=web,tier=front"],
  [
    {
      matchExpressions: [
        { key: "app", operator: "In", values: ["a", "b"] },
        { key: "tier", operator: "NotIn", values: ["c"] },
        { key: "x", operator: "Exists" },
        { key: "y", operator: "DoesNotExist" },
      ],
    },
    "app in (a,b),tier notin (c),x,!y",
  ],
  [{}, undefined],
  [undefined, undefined],
])("podSelector() turns %j into %s", (selector, expected) => {
  const metadata = { name: "web", uid: "u", resourceVersion: "1" };
  expect(podSelector({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { selector } })).toBe(expected);
});
