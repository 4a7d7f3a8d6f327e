import { expect, test } from "vitest";
import type { Application } from "../../common/domain/index.ts";
import { AppError, positioned } from "../../common/errors.ts";
import { parseApplication, parseFleet } from "../../common/schema/index.ts";
import type { ResolvedApplication } from "./resolved-application.ts";
import { folderFor, foldersOf, folderVariables, valuesFor, valuesKey } from "./values.ts";

function resolved(spec: string): ResolvedApplication & { application: Application } {
  const text = `apiVersion: drover.dev/v1alpha1\nkind: Application\nmetadata: { name: shop }\nspec: ${spec}\n`;
  const { application, locate } = parseApplication(text, "apps/shop/application.yaml");
  if (application === undefined) throw new Error("the test's application is wrong");
  return { application, locate };
}

test("valuesFor() lets the application win over the cluster over the environment over the built-in ones", () => {
  const { fleet } = parseFleet(
    `apiVersion: drover.dev/v1alpha1
kind: Fleet
environments: [{ name: dev, clusters: {}, values: { a: e, b: e, c: e, cluster: e } }]
clusters: [{ name: c1, values: { b: c, c: c } }]
`,
    "fleet.yaml",
  );
  const environment = fleet?.environments[0];
  if (fleet === undefined || environment === undefined) throw new Error("the test's fleet is wrong");
  const { application } = resolved("{ substitute: { c: a } }");
  expect(valuesFor(fleet, environment, "c1", application)).toEqual({
    environment: "dev",
    cluster: "e",
    a: "e",
    b: "c",
    c: "a",
  });
  expect(valuesFor(fleet, environment, "c2", application)).toMatchObject({ b: "e", c: "a" });
});

test("valuesKey() is equal exactly when the used values are", () => {
  expect(valuesKey(["b", "a"], { a: "1", b: "2", c: "3" })).toBe(valuesKey(["a", "b", "a"], { a: "1", b: "2" }));
  expect(valuesKey(["a"], { a: "" })).not.toBe(valuesKey(["a"], {}));
});

test("folderFor() fills in the folder and refuses one that is not there", () => {
  const folders = foldersOf([
    { path: "apps", oid: "1", mode: "tree" },
    { path: "apps/shop", oid: "1", mode: "tree" },
    { path: "apps/shop/dev", oid: "1", mode: "tree" },
    { path: "apps/shop/file", oid: "1", mode: "file" },
  ]);
  const refusal = (spec: string, values: Record<string, string>) => {
    try {
      return folderFor(resolved(spec), values, folders);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      return `${thrown.code} ${positioned(thrown.message, thrown.position)}`;
    }
  };
  const place = "apps/shop/application.yaml:4 spec.path";
  expect(refusal("{}", {})).toBe("apps/shop");
  expect(refusal('{ path: "${environment}" }', { environment: "dev" })).toBe("apps/shop/dev");
  expect(folderVariables(resolved('{ path: "${environment}" }').application)).toEqual(["environment"]);
  expect(refusal('{ path: "${environment}" }', { environment: "prod" })).toBe(
    `NOT_FOUND ${place}: Missing folder "apps/shop/prod"`,
  );
  expect(refusal("{ path: file }", {})).toBe(`NOT_FOUND ${place}: Missing folder "apps/shop/file"`);
  expect(refusal('{ path: "${x}" }', { x: "../../../.." })).toBe(
    `INVALID_ARGUMENT ${place}: Expected a folder inside the repository: got "apps/shop/../../../.."`,
  );
  expect(refusal('{ path: "${x}" }', {})).toBe(
    `INVALID_ARGUMENT ${place}: Cannot fill in "apps/shop/\${x}": variable "x" has no value and no default`,
  );
});
