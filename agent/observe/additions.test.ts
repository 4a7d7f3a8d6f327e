import { expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import type { LiveObject, ManagedFieldsEntry } from "../ports.ts";
import { additions, additionsKey } from "./additions.ts";

function entry(manager: string, fieldsV1: Record<string, unknown>, extra: Partial<ManagedFieldsEntry> = {}) {
  const operation = manager === "drover" ? ("Apply" as const) : ("Update" as const);
  return { manager, operation, apiVersion: "apps/v1", time: "2026-01-01T00:00:00Z", fieldsV1, ...extra };
}

function live(...managedFields: readonly ManagedFieldsEntry[]): LiveObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "web",
      uid: "u",
      resourceVersion: "1",
      labels: { app: "web", team: "red" },
      finalizers: ["example.com/a", "example.com/b"],
      managedFields,
    },
    spec: {
      containers: [
        { name: "web", image: "1" },
        { name: "debug", image: "2" },
      ],
    },
  };
}

const ours = entry("drover", {
  "f:metadata": { "f:labels": { "f:app": {} }, "f:finalizers": { ".": {}, 'v:"example.com/a"': {} } },
  "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:name": {}, "f:image": {} } } },
});
const person = entry("kubectl-edit", {
  "f:metadata": { "f:labels": { "f:app": {}, "f:team": {} }, "f:finalizers": { 'v:"example.com/b"': {} } },
  "f:spec": { "f:containers": { 'k:{"name":"debug"}': { ".": {}, "f:name": {}, "f:image": {} } } },
});
const by = { manager: "kubectl-edit", at: "2026-01-01T00:00:00Z", operation: "Update" };
const paths = (object: LiveObject) => additions(desired, object, []).map(({ field }) => field.path);

const desired: Manifest = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web" }, finalizers: ["example.com/a"] },
  spec: { containers: [{ name: "web", image: "1" }] },
};

test("additions() are the fields, items and members that a person's program alone has", () => {
  expect(additions(desired, live(ours, person), [])).toEqual([
    { field: { path: "metadata.labels.team", live: "red", ...by }, pointer: ["metadata", "labels", "team"] },
    {
      field: { path: "metadata.finalizers[example.com/b]", live: "example.com/b", ...by },
      pointer: ["metadata", "finalizers", "1"],
    },
    {
      field: { path: "spec.containers[name=debug]", live: { name: "debug", image: "2" }, ...by },
      pointer: ["spec", "containers", "1"],
    },
  ]);
});

test("additions() are never what controllers have, alone or together with a person, or what a rule leaves to them", () => {
  const { fieldsV1 } = person;
  expect(paths(live(ours, { ...person, manager: "some-operator" }))).toEqual([]);
  expect(paths(live(ours, { ...person, subresource: "scale" }))).toEqual([]);
  expect(paths(live(ours, person, entry("some-operator", fieldsV1)))).toEqual([]);
  const target = { group: "", kind: "", namespace: "", name: "" };
  const rule = { target, paths: ["/metadata"], managers: [] };
  expect(additions(desired, live(ours, person), [rule]).map(({ field }) => field.path)).toEqual([
    "spec.containers[name=debug]",
  ]);
});

test("additions() are not what we want and lost", () => {
  const wanted = { ...desired, metadata: { ...desired.metadata, labels: { app: "web", team: "blue" } } };
  expect(additions(wanted, live(ours, person), []).map(({ field }) => field.path)).toEqual([
    "metadata.finalizers[example.com/b]",
    "spec.containers[name=debug]",
  ]);
});

test("additionsKey() changes with what people have only", () => {
  expect(additionsKey(live(ours, entry("some-operator", {})))).toBe("");
  const key = additionsKey(live(ours, person));
  expect(additionsKey(live(person))).toBe(key);
  expect(additionsKey(live(ours, { ...person, fieldsV1: {} }))).not.toBe(key);
});
