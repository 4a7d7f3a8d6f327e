import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fieldChanges } from "./field-changes.ts";

test("fieldChanges() names the smallest parts that differ", () => {
  const before = {
    metadata: { labels: { "app.kubernetes.io/name": "web", old: "1" } },
    spec: {
      replicas: 2,
      containers: [
        { name: "web", image: "web:1", args: ["a"] },
        { name: "log", image: "log:1" },
      ],
      ports: [{ port: 80, targetPort: 80 }],
    },
  };
  const after = {
    metadata: { labels: { "app.kubernetes.io/name": "shop" } },
    spec: {
      replicas: 2,
      containers: [
        { name: "web", image: "web:2", args: ["a", "b"] },
        { name: "proxy", image: "proxy:1" },
      ],
      ports: [{ port: 80, targetPort: 8080 }],
    },
  };
  expect(fieldChanges(before, after)).toEqual([
    { path: "metadata.labels[app.kubernetes.io/name]", before: "web", after: "shop" },
    { path: "metadata.labels.old", before: "1" },
    { path: "spec.containers[name=web].args", before: ["a"], after: ["a", "b"] },
    { path: "spec.containers[name=web].image", before: "web:1", after: "web:2" },
    { path: "spec.containers[name=log]", before: { name: "log", image: "log:1" } },
    { path: "spec.containers[name=proxy]", after: { name: "proxy", image: "proxy:1" } },
    { path: "spec.ports[0].targetPort", before: 80, after: 8080 },
  ]);
});

test("fieldChanges() tells that only the order of named items changed", () => {
  const [a, b] = [{ name: "a" }, { name: "b" }];
  expect(fieldChanges({ env: [a, b] }, { env: [b, a] })).toEqual([
    { path: "env", before: ["a", "b"], after: ["b", "a"] },
  ]);
});

test("fieldChanges() takes null for absent", () => {
  expect(fieldChanges({ a: null, b: 1 }, { b: 1, c: null })).toEqual([]);
});

test("fieldChanges() is empty for equal values only", () => {
  const equal = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(fieldChanges(value, structuredClone(value))).toEqual([]);
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.nat(3)), fc.array(fc.nat(3)), (left, right) => {
      expect(fieldChanges({ left }, { left: right }).length === 0).toBe(equal(left, right));
    }),
  );
});
