import { expect, test } from "vitest";
import type { Application, Fleet } from "../../common/domain/index.ts";
import { emptyApplicationProblem, emptyEnvironmentProblem } from "./guards.ts";

const application = {
  name: "shop",
  file: "apps/shop/application.yaml",
  path: "apps/shop",
  allowEmpty: false,
} as Application;
const fleet: Fleet = {
  environments: [],
  applications: ["apps/**/application.yaml"],
  clusterValues: new Map(),
  tenants: [],
};

test("rule 14: emptyApplicationProblem() keeps the objects of an application that renders to nothing", () => {
  expect(emptyApplicationProblem(application, { objects: 0, before: 3 })).toEqual({
    severity: "error",
    message:
      'Application "shop" renders to nothing, it had 3 objects: expected manifests in "apps/shop", or "allowEmpty: true" to delete them',
    position: { file: "apps/shop/application.yaml", path: "spec.allowEmpty" },
  });
  expect(emptyApplicationProblem(application, { objects: 0, before: 0 })).toEqual({
    severity: "warning",
    message: 'Application "shop" renders to nothing: expected manifests in "apps/shop"',
    position: { file: "apps/shop/application.yaml", path: "spec.path" },
  });
});

test("emptyApplicationProblem() says nothing when there is something, or when it is meant", () => {
  expect(emptyApplicationProblem(application, { objects: 1, before: 3 })).toBeUndefined();
  expect(emptyApplicationProblem({ ...application, allowEmpty: true }, { objects: 0, before: 3 })).toBeUndefined();
});

const prod = { name: "prod", guards: { maxDeletes: undefined, allowEmpty: false } };

test("emptyEnvironmentProblem() refuses to lose all applications unless fleet.yaml says so", () => {
  expect(emptyEnvironmentProblem(prod, fleet, { applications: 0, before: 2 })).toEqual({
    severity: "error",
    message:
      'Environment "prod" has no applications any more, it had 2: no file matches "apps/**/application.yaml", write "guards: { allowEmpty: true }" at the environment, or "applications: []" for all, to take all away',
    position: { file: "fleet.yaml", path: "applications" },
  });
  expect(emptyEnvironmentProblem(prod, fleet, { applications: 0, before: 0 })).toEqual({
    severity: "warning",
    message: 'Environment "prod" has no applications: no file matches "apps/**/application.yaml"',
    position: { file: "fleet.yaml", path: "applications" },
  });
  expect(emptyEnvironmentProblem(prod, fleet, { applications: 1, before: 2 })).toBeUndefined();
  expect(emptyEnvironmentProblem(prod, { ...fleet, applications: [] }, { applications: 0, before: 2 })).toBeUndefined();
  const allowed = { ...prod, guards: { ...prod.guards, allowEmpty: true } };
  expect(emptyEnvironmentProblem(allowed, fleet, { applications: 0, before: 2 })).toBeUndefined();
});
