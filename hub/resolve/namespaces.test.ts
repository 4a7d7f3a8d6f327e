import { expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { withNamespace } from "./namespaces.ts";

function namespaces(namespace: string | undefined, manifests: readonly Record<string, unknown>[]): unknown[] {
  const objects = manifests.map((manifest) => ({ manifest: manifest as unknown as Manifest, source: "" }));
  return withNamespace(objects, namespace).map(({ manifest }) => manifest.metadata.namespace);
}

const crd = (scope: string) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.example.org" },
  spec: { group: "example.org", scope, names: { kind: "Thing" } },
});
const thing = { apiVersion: "example.org/v1", kind: "Thing", metadata: { name: "t" } };
const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } };

test("withNamespace() fills in where none is written, never on cluster-scoped kinds", () => {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
  const elsewhere = { ...config, metadata: { name: "c", namespace: "other" } };
  expect(namespaces("shop", [config, namespace, elsewhere, thing])).toEqual(["shop", undefined, "other", "shop"]);
  expect(namespaces(undefined, [config])).toEqual([undefined]);
});

test("withNamespace() believes a definition in the same application", () => {
  expect(namespaces("shop", [thing, crd("Cluster")])).toEqual([undefined, undefined]);
  expect(namespaces("shop", [thing, crd("Namespaced")])).toEqual(["shop", undefined]);
});
