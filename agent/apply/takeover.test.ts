import { expect, test } from "vitest";
import type { LiveObject, ManagedFieldsEntry } from "../ports.ts";
import { takeover } from "./takeover.ts";

type Fields = Readonly<Record<string, unknown>>;

function entry(manager: string, data: Fields, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry {
  return { manager, operation: "Update", apiVersion: "v1", fieldsV1: { "f:data": data }, ...more };
}

const own = entry("drover", { "f:a": {} }, { operation: "Apply" });
const options = { isAdoption: true, patterns: [], rules: [], sharedOnly: false };

function liveWith(...managedFields: readonly ManagedFieldsEntry[]): LiveObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "x", uid: "u", resourceVersion: "1", managedFields },
    data: { a: "1", b: "2" },
  };
}

test("takeover() adds what deployers have to what is ours, in one entry", () => {
  const helm = entry("helm", { "f:a": {}, "f:b": {} });
  expect(takeover(liveWith(helm, own), options)).toEqual({
    managers: [entry("drover", { "f:a": {}, "f:b": {} }, { operation: "Apply" })],
    takenFrom: ["helm"],
    gains: true,
  });
});

test("takeover() finds nothing where only controllers, subresources and other versions are", () => {
  const others = [
    entry("kube-controller-manager", { "f:b": {} }),
    entry("kubectl", { "f:b": {} }, { subresource: "scale" }),
    entry("helm", { "f:b": {} }, { apiVersion: "v0" }),
  ];
  expect(takeover(liveWith(...others, own), options)).toBeUndefined();
  expect(takeover(liveWith(entry("helm", { "f:b": {} })), options)).toBeUndefined();
});

test("takeover() takes what people did at adoption only, and their restarts never", () => {
  const person = entry("kubectl-edit", { "f:b": {} });
  expect(takeover(liveWith(person, own), options)?.takenFrom).toEqual(["kubectl-edit"]);
  expect(takeover(liveWith(person, own), { ...options, isAdoption: false })).toBeUndefined();
  expect(takeover(liveWith(entry("kubectl-rollout", { "f:b": {} }), own), options)).toBeUndefined();
});

test("takeover() of shared fields only leaves the object as it is", () => {
  const helm = entry("helm", { "f:a": {}, "f:b": {} });
  expect(takeover(liveWith(helm, own), { ...options, sharedOnly: true })).toEqual({
    managers: [entry("helm", { "f:b": {} }), own],
    takenFrom: ["helm"],
    gains: false,
  });
});

test("takeover() leaves what drift rules leave to others, and status", () => {
  const rules = [{ target: { group: "", kind: "", namespace: "", name: "" }, paths: ["/data/b"], managers: [] }];
  const status = { "f:status": { "f:phase": {} } };
  const helm = { ...entry("helm", {}), fieldsV1: { ...status, "f:data": { "f:a": {}, "f:b": {} } } };
  expect(takeover(liveWith(helm, own), { ...options, rules })).toEqual({
    managers: [{ ...helm, fieldsV1: { "f:data": { "f:b": {} }, ...status } }, own],
    takenFrom: ["helm"],
    gains: false,
  });
});

test("takeover() leaves how many pods there are, and finalizers, to others where we do not state them", () => {
  const theirs = {
    "f:metadata": { "f:finalizers": { ".": {}, 'v:"a/b"': {} }, "f:labels": { "f:x": {} } },
    "f:spec": { "f:replicas": {}, "f:paused": {} },
  };
  const helm = { ...entry("helm", {}), fieldsV1: theirs };
  const left = { "f:metadata": { "f:finalizers": { ".": {}, 'v:"a/b"': {} } }, "f:spec": { "f:replicas": {} } };
  expect(takeover(liveWith(helm, own), options)?.managers).toEqual([
    { ...helm, fieldsV1: left },
    {
      ...own,
      fieldsV1: { "f:data": { "f:a": {} }, "f:metadata": { "f:labels": { "f:x": {} } }, "f:spec": { "f:paused": {} } },
    },
  ]);
  const stating = { ...own, fieldsV1: { "f:spec": { "f:replicas": {} } } };
  expect(takeover(liveWith(helm, stating), options)?.managers[0]?.fieldsV1).toEqual({
    "f:metadata": left["f:metadata"],
  });
});
