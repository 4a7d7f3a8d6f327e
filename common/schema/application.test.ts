import { expect, test } from "vitest";
import { parseApplication } from "./application.ts";

const head = "apiVersion: drover.dev/v1alpha1\nkind: Application\n";
const file = "apps/shop/application.yaml";

function shown(body: string): string[] {
  return parseApplication(head + body, file).problems.map(
    ({ message, position }) => `${position?.file}:${position?.line} ${position?.path}: ${message}`,
  );
}

test("parseApplication() reads the design's example", () => {
  const { application, problems } = parseApplication(
    `${head}metadata: { name: shop }
spec:
  path: overlays/\${environment}                    # relative to this file, default "."
  namespace: shop
  dependsOn: [database]
  drift: { mode: correct }                         # or report
  prune: true
`,
    file,
  );
  expect(problems).toEqual([]);
  expect(application).toEqual({
    name: "shop",
    file,
    path: "apps/shop/overlays/${environment}",
    namespace: "shop",
    renderer: "auto",
    dependsOn: ["database"],
    driftMode: "correct",
    prune: true,
    timeoutSeconds: 300,
    substitute: undefined,
    allowEmpty: false,
  });
});

test("parseApplication() fills in the defaults", () => {
  expect(parseApplication(`${head}metadata: { name: shop }\n`, "application.yaml").application).toEqual({
    name: "shop",
    file: "application.yaml",
    path: "",
    namespace: undefined,
    renderer: "auto",
    dependsOn: [],
    driftMode: "correct",
    prune: true,
    timeoutSeconds: 300,
    substitute: undefined,
    allowEmpty: false,
  });
});

test("parseApplication() reports every error and still knows the name", () => {
  const body = `metadata: { name: shop }
spec:
  pth: .
  renderer: helm
  timeout: soon
  drift: { mode: fix }
  prune: "yes"
  substitute: { replicas: 3 }
`;
  expect(parseApplication(head + body, file).name).toBe("shop");
  expect(shown(body)).toEqual([
    `${file}:5 spec.pth: Unknown field "pth": did you mean "path"?`,
    `${file}:6 spec.renderer: Expected "auto", "plain" or "kustomize": got "helm"`,
    `${file}:7 spec.timeout: Expected a duration such as "30s", "10m" or "1h30m": got "soon"`,
    `${file}:8 spec.drift.mode: Expected "correct" or "report": got "fix"`,
    `${file}:9 spec.prune: Expected true or false: got "yes"`,
    `${file}:10 spec.substitute.replicas: Expected text: got 3, write "3" in quotes`,
  ]);
});

test("parseApplication() refuses a path outside the repository and a timeout out of bounds", () => {
  expect(shown("metadata: { name: shop }\nspec: { path: ../../../x }\n")).toEqual([
    `${file}:4 spec.path: Expected a folder inside the repository: got "../../../x"`,
  ]);
  expect(shown("metadata: { name: shop }\nspec: { timeout: 0s }\n")).toEqual([
    `${file}:4 spec.timeout: Expected a timeout from "1s" to "24h": got "0s"`,
  ]);
});

test("parseApplication() has no name to offer when the file is no YAML", () => {
  expect(parseApplication("metadata: {name: shop\nkind: x", file)).toMatchObject({
    application: undefined,
    name: undefined,
  });
});
