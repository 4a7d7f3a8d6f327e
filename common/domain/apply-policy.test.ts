import { expect, test } from "vitest";
import { objectPolicyOf } from "./apply-policy.ts";

function policyOf(annotations: Readonly<Record<string, string>>) {
  return objectPolicyOf({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", annotations } });
}

test("objectPolicyOf() hands on what annotations say, our own before Flux's", () => {
  expect(policyOf({ "drover.dev/prune": "disabled" })).toBeUndefined();
  expect(policyOf({ "kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent" })).toEqual({
    apply: "IfNotPresent",
    adopt: "",
    recreate: "",
  });
  expect(
    policyOf({
      "kustomize.toolkit.fluxcd.io/ssa": "Ignore",
      "drover.dev/apply": "merge",
      "kustomize.toolkit.fluxcd.io/force": "enabled",
      "drover.dev/adopt": "never",
    }),
  ).toEqual({ apply: "merge", adopt: "never", recreate: "enabled" });
});

test("objectPolicyOf() ignores objects that are not to be reconciled", () => {
  for (const name of ["drover.dev/reconcile", "kustomize.toolkit.fluxcd.io/reconcile"]) {
    expect(policyOf({ [name]: "disabled", "drover.dev/apply": "merge" })?.apply).toBe("ignore");
    expect(policyOf({ [name]: "enabled" })).toBeUndefined();
  }
});

test("objectPolicyOf() takes annotations without anything for none", () => {
  const metadata = JSON.parse('{ "name": "a", "annotations": null }') as { readonly name: string };
  expect(objectPolicyOf({ apiVersion: "v1", kind: "ConfigMap", metadata })).toBeUndefined();
});
