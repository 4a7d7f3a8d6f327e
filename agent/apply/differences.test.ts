import { expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { differences } from "./differences.ts";

function manifest(metadata: Readonly<Record<string, unknown>>, content: Readonly<Record<string, unknown>>): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", ...metadata }, ...content };
}

test("differences() leaves out whose an object is, its version and its status", () => {
  const before = manifest({ resourceVersion: "1" }, { data: { a: "1" }, status: {} });
  const labels = { "drover.dev/environment": "prod", "drover.dev/application": "shop" };
  const after = manifest({ resourceVersion: "2", labels, managedFields: [] }, { data: { a: "1" } });
  expect(differences(before, after)).toEqual([]);
});

test("differences() names the first places, lists as a whole", () => {
  const before = manifest({ labels: { team: "a" } }, { data: { a: "1", b: "1", c: "1" }, list: [1, 2] });
  const after = manifest({ labels: { team: "b" } }, { data: { a: "2", b: "1" }, list: [1] });
  expect(differences(before, after)).toEqual(["data.a", "data.c", "list"]);
});
