import { describe, expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import type { LiveObject, ManagedFieldsEntry } from "../ports.ts";
import { compareFields } from "./drift-fields.ts";
import { fieldsHash } from "./fields-hash.ts";

function ours(fieldsV1: Record<string, unknown>): ManagedFieldsEntry {
  return { manager: "drover", operation: "Apply", apiVersion: "v1", time: "2026-01-01T00:00:00Z", fieldsV1 };
}

function theirs(
  manager: string,
  fieldsV1: Record<string, unknown>,
  extra: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry {
  return { manager, operation: "Update", apiVersion: "v1", time: "2026-02-02T00:00:00Z", fieldsV1, ...extra };
}

function live(manifest: Manifest, managedFields: readonly ManagedFieldsEntry[]): LiveObject {
  return { ...manifest, metadata: { ...manifest.metadata, uid: "u", resourceVersion: "1", managedFields } };
}

function driftFields(desired: Manifest, there: LiveObject): unknown {
  return compareFields(desired, there).fields;
}

function deployment(spec: unknown, labels: Record<string, string> = {}): Manifest {
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "shop", labels }, spec };
}

const by = (manager: string) => ({ manager, at: "2026-02-02T00:00:00Z", operation: "Update" });
const container = (image: string) => ({ template: { spec: { containers: [{ name: "web", image }] } } });
const containerSet = (set: unknown) => ({
  "f:spec": { "f:template": { "f:spec": { "f:containers": { 'k:{"name":"web"}': set } } } },
});

describe("compareFields()", () => {
  test("names the field that kubectl scale took, without a time", () => {
    const entry = theirs("kubectl", { "f:spec": { "f:replicas": {} } }, { subresource: "scale" });
    const { time: _time, ...timeless } = entry;
    const found = driftFields(deployment({ replicas: 2 }), live(deployment({ replicas: 5 }), [ours({}), timeless]));
    expect(found).toEqual([
      { path: "spec.replicas", desired: 2, live: 5, manager: "kubectl", at: "", operation: "Update scale" },
    ]);
  });

  test("finds the item of a list by its key", () => {
    const managed = [
      ours(containerSet({ ".": {}, "f:name": {} })),
      theirs("kubectl-set", containerSet({ "f:image": {} })),
    ];
    expect(driftFields(deployment(container("web:1")), live(deployment(container("web:2")), managed))).toEqual([
      {
        path: "spec.template.spec.containers[name=web].image",
        desired: "web:1",
        live: "web:2",
        ...by("kubectl-set"),
      },
    ]);
  });

  test("matches an item whose key holds a default", () => {
    const ports = (given: unknown) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { ports: given },
    });
    const key = 'k:{"port":80,"protocol":"TCP"}';
    const managed = [
      ours({ "f:spec": { "f:ports": { [key]: { ".": {}, "f:port": {} } } } }),
      theirs("kubectl-edit", { "f:spec": { "f:ports": { [key]: { "f:targetPort": {} } } } }),
    ];
    const there = live(ports([{ port: 80, protocol: "TCP", targetPort: 81 }]), managed);
    expect(driftFields(ports([{ port: 80, targetPort: 8080 }]), there)).toEqual([
      { path: "spec.ports[port=80,protocol=TCP].targetPort", desired: 8080, live: 81, ...by("kubectl-edit") },
    ]);
  });

  test("names an item that is gone by its key, without an owner", () => {
    const managed = [ours(containerSet({ ".": {}, "f:name": {}, "f:image": {} }))];
    const two = {
      template: {
        spec: {
          containers: [
            { name: "web", image: "1" },
            { name: "side", image: "2" },
          ],
        },
      },
    };
    const one = { template: { spec: { containers: [{ name: "web", image: "1" }] } } };
    expect(driftFields(deployment(two), live(deployment(one), managed))).toEqual([
      {
        path: "spec.template.spec.containers[name=side]",
        desired: { name: "side", image: "2" },
        manager: "",
        at: "",
      },
    ]);
  });

  test("takes atomic lists and maps as one value, and finds missing members of sets", () => {
    const selector = (app: string) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { selector: { app } },
    });
    const entry = theirs("kubectl-edit", { "f:spec": { "f:selector": {} } });
    expect(driftFields(selector("a"), live(selector("b"), [ours({}), entry]))).toEqual([
      { path: "spec.selector", desired: { app: "a" }, live: { app: "b" }, ...by("kubectl-edit") },
    ]);

    const held = (finalizers: readonly string[]): Manifest => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c", finalizers },
    });
    const managed = [ours({ "f:metadata": { "f:finalizers": { ".": {}, 'v:"example.com/a"': {} } } })];
    expect(driftFields(held(["example.com/a", "example.com/b"]), live(held(["example.com/a"]), managed))).toEqual([
      { path: "metadata.finalizers[example.com/b]", desired: "example.com/b", manager: "", at: "" },
    ]);
  });

  test("says that a removed label has no owner", () => {
    const managed = [ours({ "f:metadata": { "f:labels": { "f:app": {} } } })];
    const desired = deployment({}, { app: "web", "app.kubernetes.io/name": "web" });
    expect(driftFields(desired, live(deployment({}, { app: "web" }), managed))).toEqual([
      { path: "metadata.labels[app.kubernetes.io/name]", desired: "web", manager: "", at: "" },
    ]);
  });

  test("ignores what is ours still, whatever form the API server gave it, and equal values of others", () => {
    const managed = [ours({ "f:spec": { "f:cpu": {} } }), theirs("other", { "f:spec": { "f:replicas": {} } })];
    const there = live(deployment({ cpu: "1", replicas: 2, extra: true }), managed);
    expect(driftFields(deployment({ cpu: "1000m", replicas: 2, absent: null }), there)).toEqual([]);
  });

  test("knows a field that is ours no more from an empty list that the API server dropped", () => {
    const managed = [ours({ "f:spec": { "f:cpu": {} } }), theirs("other", { "f:spec": { "f:replicas": {} } })];
    const there = live(deployment({ cpu: "1", replicas: 2 }), managed);
    expect(compareFields(deployment({ cpu: "1", replicas: 2 }), there)).toEqual({ fields: [], isLost: true });
    expect(compareFields(deployment({ cpu: "1", tolerations: [] }), there)).toEqual({ fields: [], isLost: false });
  });

  test("masks the data of Secrets, however it is written", () => {
    const secret = (extra: Record<string, unknown>): Manifest => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      ...extra,
    });
    const entry = theirs("kubectl-edit", { "f:data": { "f:a": {}, "f:b.c": {} } });
    const there = live(secret({ data: { a: "eA==", "b.c": "eA==" } }), [ours({}), entry]);
    expect(driftFields(secret({ stringData: { a: "y", same: "x" }, data: { "b.c": "eQ==" } }), there)).toEqual([
      { path: "data[b.c]", desired: "***", live: "***", ...by("kubectl-edit") },
      { path: "data.a", desired: "***", live: "***", ...by("kubectl-edit") },
      { path: "data.same", desired: "***", manager: "", at: "" },
    ]);
  });
});

describe("fieldsHash()", () => {
  test("depends on our own applied fields only, and not on their order", () => {
    const manifest = deployment({});
    const hash = fieldsHash(live(manifest, [ours({ a: {}, b: {} })]));
    expect(fieldsHash(live(manifest, [theirs("x", { c: {} }), ours({ b: {}, a: {} })]))).toBe(hash);
    expect(fieldsHash(live(manifest, [ours({ a: {} })]))).not.toBe(hash);
    expect(fieldsHash(live(manifest, [{ ...ours({ a: {} }), operation: "Update" }]))).toBe("");
  });
});
