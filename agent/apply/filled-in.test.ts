import { expect, test } from "vitest";
import type { Manifest } from "../../common/domain/index.ts";
import { withoutFilledIn } from "./filled-in.ts";

function manifest(apiVersion: string, kind: string, content: Readonly<Record<string, unknown>>): Manifest {
  return { apiVersion, kind, metadata: { name: "x" }, ...content };
}

test("withoutFilledIn() leaves the rules of an aggregated ClusterRole to its controller", () => {
  const role = (content: Readonly<Record<string, unknown>>) =>
    manifest("rbac.authorization.k8s.io/v1", "ClusterRole", content);
  const aggregationRule = { clusterRoleSelectors: [] };
  expect(withoutFilledIn(role({ aggregationRule, rules: [] }))).toEqual(role({ aggregationRule }));
  expect(withoutFilledIn(role({ rules: [] }))).toEqual(role({ rules: [] }));
});

test("withoutFilledIn() leaves out CA bundles that say nothing, wherever one can be", () => {
  const webhook = (clientConfig: unknown) =>
    manifest("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", {
      webhooks: [{ name: "a", clientConfig }, { name: "b" }],
    });
  expect(withoutFilledIn(webhook({ caBundle: "", url: "u" }))).toEqual(webhook({ url: "u" }));
  expect(withoutFilledIn(webhook({ caBundle: "Cg==", url: "u" }))).toEqual(webhook({ url: "u" }));
  expect(withoutFilledIn(webhook({ caBundle: "QQ==" }))).toEqual(webhook({ caBundle: "QQ==" }));
  const definition = (clientConfig: unknown) =>
    manifest("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
      spec: { conversion: { webhook: { clientConfig } } },
    });
  expect(withoutFilledIn(definition({ caBundle: null }))).toEqual(definition({}));
  const service = (spec: unknown) => manifest("apiregistration.k8s.io/v1", "APIService", { spec });
  expect(withoutFilledIn(service({ group: "g", caBundle: "" }))).toEqual(service({ group: "g" }));
});
