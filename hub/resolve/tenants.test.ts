import { expect, test } from "vitest";
import type { Application, Problem, Tenant } from "../../common/domain/index.ts";
import { positioned } from "../../common/errors.ts";
import { parseApplication, parseFleet } from "../../common/schema/index.ts";
import type { RenderedObject } from "../ports.ts";
import { tenancyOf, tenantProblems } from "./tenants.ts";

function tenantsOf(written: string): readonly Tenant[] {
  const head = "apiVersion: drover.dev/v1alpha1\nkind: Fleet\nenvironments: [{ name: dev, clusters: {} }]\ntenants:\n";
  const { fleet, problems } = parseFleet(`${head}${written}`, "fleet.yaml");
  expect(problems).toEqual([]);
  return fleet?.tenants ?? [];
}

function tenancy(file: string, tenants: readonly Tenant[], spec = "{}") {
  const text = `apiVersion: drover.dev/v1alpha1\nkind: Application\nmetadata:\n  name: shop\nspec: ${spec}\n`;
  const { application, locate } = parseApplication(text, file);
  const { tenant, problems } = tenancyOf({ application: application as Application, locate }, tenants);
  return { tenant: tenant?.name, problems: shown(problems) };
}

function shown(problems: readonly Problem[]): string[] {
  return problems.map(({ message, position }) => positioned(message, position));
}

function object(apiVersion: string, kind: string, name: string, namespace?: string): RenderedObject {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { manifest: { apiVersion, kind, metadata }, source: `teams/a/${name}.yaml:3` };
}

const [a, b] = tenantsOf(`
  - { name: a, applications: [teams/a], namespaces: [a, "a-*"] }
  - { name: b, applications: ["teams/b-*/**"], namespaces: [b], serviceAccount: b/deployer }
`) as [Tenant, Tenant];

test("tenancyOf() finds the tenant by folder or glob; what no tenant has is the platform's own", () => {
  expect(tenancy("teams/a/shop/application.yaml", [a, b])).toEqual({ tenant: "a", problems: [] });
  expect(tenancy("teams/b-1/application.yaml", [a, b])).toEqual({ tenant: "b", problems: [] });
  expect(tenancy("teams/ab/application.yaml", [a, b])).toEqual({ tenant: undefined, problems: [] });
});

test("tenancyOf() refuses an application of two tenants, and a service account that is not the tenant's", () => {
  const file = "teams/a/application.yaml";
  expect(tenancy(file, [a, { ...b, applications: ["teams/**"] }]).problems).toEqual([
    `${file}:4 metadata.name: Belongs to two tenants, "a" and "b": expected one`,
  ]);
  expect(tenancy(file, [a], "{ serviceAccount: kube-system/admin }").problems).toEqual([
    `${file}:5 spec.serviceAccount: Tenant "a" has no namespace "kube-system": expected a service account in "a" or "a-*"`,
  ]);
  expect(tenancy(file, [a], "{ serviceAccount: a-1/deployer }").problems).toEqual([]);
  expect(tenancy("teams/b-1/application.yaml", [b], "{ serviceAccount: b/admin }").problems).toEqual([
    'teams/b-1/application.yaml:5 spec.serviceAccount: Tenant "b" works as "b/deployer": expected no other, got "b/admin"',
  ]);
});

test("tenantProblems() names each object outside of the tenant's namespaces, with its place", () => {
  const definition: RenderedObject = {
    manifest: {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "things.example.org" },
      spec: { group: "example.org", scope: "Cluster", names: { kind: "Thing" } },
    },
    source: "teams/a/things.yaml:3",
  };
  const objects = [
    object("v1", "ConfigMap", "fine", "a-1"),
    object("v1", "ConfigMap", "foreign", "kube-system"),
    object("v1", "ConfigMap", "homeless"),
    object("v1", "Namespace", "a"),
    definition,
    object("example.org/v1", "Thing", "disguised", "a"),
  ];
  expect(shown(tenantProblems(a, objects))).toEqual([
    'teams/a/foreign.yaml:3 metadata.namespace: Tenant "a" may not have ConfigMap kube-system/foreign: expected a namespace like "a" or "a-*"',
    'teams/a/homeless.yaml:3 metadata.namespace: Tenant "a" may not have ConfigMap homeless: expected a namespace like "a" or "a-*"',
    'teams/a/a.yaml:3 kind: Tenant "a" may not have Namespace a: Namespace lives outside of namespaces, expected objects in "a" or "a-*"',
    'teams/a/things.yaml:3 kind: Tenant "a" may not have CustomResourceDefinition things.example.org: CustomResourceDefinition lives outside of namespaces, expected objects in "a" or "a-*"',
    'teams/a/disguised.yaml:3 kind: Tenant "a" may not have Thing a/disguised: Thing lives outside of namespaces, expected objects in "a" or "a-*"',
  ]);
});

test("tenantProblems() lets a tenant with clusterScoped leave namespaces, but make none that is not its own", () => {
  const free = { ...a, clusterScoped: true };
  const objects = [
    object("rbac.authorization.k8s.io/v1", "ClusterRole", "reader"),
    object("example.org/v1", "Thing", "unknown"),
    object("v1", "Namespace", "a-2"),
    object("v1", "Namespace", "kube-system"),
    object("v1", "ConfigMap", "foreign", "b"),
  ];
  expect(shown(tenantProblems(free, objects))).toEqual([
    'teams/a/kube-system.yaml:3 metadata.name: Tenant "a" may not have Namespace kube-system: expected a namespace like "a" or "a-*"',
    'teams/a/foreign.yaml:3 metadata.namespace: Tenant "a" may not have ConfigMap b/foreign: expected a namespace like "a" or "a-*"',
  ]);
});

test("tenantProblems() allows and denies kinds, denial winning", () => {
  const [picky] = tenantsOf(`
  - name: a
    applications: [teams/a]
    namespaces: [a]
    kinds:
      allow: [{ group: apps }, { kind: ConfigMap }, { group: "", kind: Secret }]
      deny: [{ group: apps, kind: DaemonSet }]
`) as [Tenant];
  const objects = [
    object("apps/v1", "Deployment", "web", "a"),
    object("v1", "ConfigMap", "settings", "a"),
    object("v1", "Secret", "password", "a"),
    object("apps/v1", "DaemonSet", "everywhere", "a"),
    object("example.org/v1", "Secret", "other", "a"),
  ];
  expect(shown(tenantProblems(picky, objects))).toEqual([
    'teams/a/everywhere.yaml:3 kind: Tenant "a" may not have DaemonSet a/everywhere: kind DaemonSet of apps is denied',
    'teams/a/other.yaml:3 kind: Tenant "a" may not have Secret a/other: kind Secret of example.org is not allowed',
  ]);
});
