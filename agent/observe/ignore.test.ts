import { describe, expect, test } from "vitest";
import type { DriftRule, Manifest } from "../../common/domain/index.ts";
import type { LiveObject, ManagedFieldsEntry } from "../ports.ts";
import { compareFields } from "./drift-fields.ts";
import { withoutIgnored } from "./ignore.ts";

const target = { group: "", kind: "", namespace: "", name: "" };

function rule(paths: readonly string[], managers: readonly string[] = []): DriftRule {
  return { target, paths, managers };
}

function entry(manager: string, fieldsV1: Record<string, unknown>): ManagedFieldsEntry {
  const operation = manager === "drover" ? "Apply" : "Update";
  return { manager, operation, apiVersion: "v1", time: "2026-01-01T00:00:00Z", fieldsV1 };
}

function live(manifest: Manifest, managedFields: readonly ManagedFieldsEntry[]): LiveObject {
  return { ...manifest, metadata: { ...manifest.metadata, uid: "u", resourceVersion: "1", managedFields } };
}

function deployment(replicas: number, image: string, args: readonly string[] = ["a", "b"]): Manifest {
  const containers = [{ name: "web", image, args }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", labels: { "drover.dev/application": "shop" } },
    spec: { replicas, template: { spec: { containers } } },
  };
}

const inContainer = (set: unknown) => ({
  "f:spec": { "f:template": { "f:spec": { "f:containers": { 'k:{"name":"web"}': set } } } },
});
const theirs = inContainer({ "f:name": {}, "f:image": {} });
const changed = live(deployment(5, "web:2"), [
  entry("drover", {
    "f:metadata": { "f:labels": { "f:drover.dev/application": {} } },
    ...inContainer({ ".": {}, "f:name": {}, "f:args": {} }),
  }),
  entry("hpa", { "f:spec": { "f:replicas": {} } }),
  entry("updater", theirs),
]);
const desired = deployment(2, "web:1");
const paths = (rules: readonly DriftRule[]) => compareFields(desired, changed, rules).fields.map(({ path }) => path);
const image = "spec.template.spec.containers[name=web].image";

describe("compareFields() with rules", () => {
  test("leaves out what pointers, reported paths or managers say, and what is below", () => {
    expect(paths([])).toEqual(["spec.replicas", image]);
    expect(paths([rule(["/spec/replicas"])])).toEqual([image]);
    expect(paths([rule(["/spec/template/spec/containers/0/image"])])).toEqual(["spec.replicas"]);
    expect(paths([rule(["spec.template.spec.containers[name=web]"])])).toEqual(["spec.replicas"]);
    expect(paths([rule(["spec.template.spec.containers[name=we"])])).toEqual(["spec.replicas", image]);
    expect(paths([rule([], ["hpa|nobody"])])).toEqual([image]);
    expect(paths([rule(["/spec/replicas"], ["updater"])])).toEqual(["spec.replicas", image]);
    expect(compareFields(desired, changed, [rule(["/spec"])])).toEqual({ fields: [], isLost: false });
  });

  test("never leaves out the labels that say whose it is, nor a removed field for a manager's sake", () => {
    const bare = { ...desired, metadata: { name: "web" } };
    const there = live(bare, [entry("drover", { "f:spec": {} })]);
    expect(compareFields(desired, there, [rule(["/metadata"])]).fields).toMatchObject([{ path: "metadata.labels" }]);
    expect(compareFields(desired, live(bare, []), [rule([], [".*"])]).fields).toMatchObject([
      { path: "metadata.labels" },
    ]);
  });
});

describe("withoutIgnored()", () => {
  test("leaves out what others have, but never what names an item", () => {
    const containers = [{ name: "web", args: ["a", "b"] }];
    expect(withoutIgnored(desired, changed, [rule(["/spec"])])).toEqual({
      ...desired,
      spec: { template: { spec: { containers } } },
    });
    expect(withoutIgnored(desired, changed, [rule([], ["updater"])])).toEqual({
      ...desired,
      spec: { replicas: 2, template: { spec: { containers } } },
    });
  });

  test("keeps what nobody else has", () => {
    const untouched = live(desired, [entry("drover", { "f:spec": { "f:replicas": {} } })]);
    expect(withoutIgnored(desired, untouched, [rule(["/spec"])])).toEqual(desired);
  });

  test("takes over the live part of a value that is tracked as one", () => {
    const there = live(deployment(2, "web:1", ["a", "c"]), [entry("updater", inContainer({ "f:args": {} }))]);
    const rules = [rule(["/spec/template/spec/containers/0/args/1"])];
    expect(compareFields(desired, there, rules).fields).toEqual([]);
    expect(withoutIgnored(desired, there, rules)).toEqual(deployment(2, "web:1", ["a", "c"]));
  });

  test("finds the data of a Secret where it is written", () => {
    const secret: Manifest = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData: { a: "1", b: "2" },
    };
    const there = live({ ...secret, stringData: undefined, data: { a: "eA==", b: "Mg==" } }, [
      entry("rotator", { "f:data": { "f:a": {} } }),
    ]);
    expect(withoutIgnored(secret, there, [rule(["/data/a"])])).toEqual({ ...secret, stringData: { b: "2" } });
  });
});
