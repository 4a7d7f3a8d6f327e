import { expect, test } from "vitest";
import { defaultApplyPolicy } from "../domain/index.ts";
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
    driftIgnore: [],
    driftStrict: false,
    prune: true,
    timeoutSeconds: 300,
    health: [],
    serviceAccount: undefined,
    apply: defaultApplyPolicy,
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
    driftIgnore: [],
    driftStrict: false,
    prune: true,
    timeoutSeconds: 300,
    health: [],
    serviceAccount: undefined,
    apply: defaultApplyPolicy,
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

test("parseApplication() reads health checks as Flux has them, and by group", () => {
  const body = `metadata: { name: shop }
spec:
  health:
    - apiVersion: cert-manager.io/v1
      kind: Certificate
      inProgress: status.conditions.filter(e, e.type == 'Issuing').all(e, e.status == 'True')
      failed: status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'False')
      current: status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')
    - group: example.com
      current: status.?phase.orValue('') == 'Running'
`;
  expect(shown(body)).toEqual([]);
  expect(parseApplication(head + body, file).application?.health).toEqual([
    {
      group: "cert-manager.io",
      kind: "Certificate",
      inProgress: "status.conditions.filter(e, e.type == 'Issuing').all(e, e.status == 'True')",
      failed: "status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'False')",
      current: "status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')",
    },
    { group: "example.com", kind: "", inProgress: "", failed: "", current: "status.?phase.orValue('') == 'Running'" },
  ]);
});

test("parseApplication() says what is wrong with a health check", () => {
  const body = `metadata: { name: shop }
spec:
  health:
    - apiVersion: cert-manager.io/v1
      kind: Certificate
      current: status..phase
      failed: 1 + 1
    - kind: Certificate
      current: "true"
    - { group: "", kind: Secret, current: "true" }
    - group: example.com
      currnet: "true"
    - { apiVersion: Example, kind: "", current: true }
`;
  expect(shown(body)).toEqual([
    `${file}:8 spec.health[0].current: Expected a CEL expression (at character 8: expected IDENTIFIER, got DOT): got "status..phase"`,
    `${file}:9 spec.health[0].failed: Expected a CEL expression (its value is of type int, not bool): got "1 + 1"`,
    `${file}:10 spec.health[1]: Expected one of "group" and "apiVersion": got {"kind":"Certificate","current":"true"}`,
    `${file}:12 spec.health[2].kind: Expected another kind than Secret, whose values are not watched: got "Secret"`,
    `${file}:13 spec.health[3].current: Missing field "current": expected text`,
    `${file}:14 spec.health[3].currnet: Unknown field "currnet": did you mean "current"?`,
    `${file}:15 spec.health[4].apiVersion: Expected an API version such as "cert-manager.io/v1": got "Example"`,
    `${file}:15 spec.health[4].kind: Expected a kind: got ""`,
    `${file}:15 spec.health[4].current: Expected text: got true, write "true" in quotes`,
  ]);
});

test("parseApplication() refuses two health checks for the same kind, whatever the version", () => {
  const body = `metadata: { name: shop }
spec:
  health:
    - { apiVersion: cert-manager.io/v1, kind: Certificate, current: "true" }
    - { group: cert-manager.io, kind: Certificate, current: "true" }
`;
  expect(shown(body)).toEqual([
    `${file}:7 spec.health[1]: Two health checks for kind "Certificate" of group "cert-manager.io": expected one`,
  ]);
});

test("parseApplication() reads how objects are taken over, adopted and recreated", () => {
  const body = "metadata: { name: shop }\nspec: { takeover: [terraform, my-.*], adopt: identical, recreate: true }\n";
  expect(shown(body)).toEqual([]);
  expect(parseApplication(head + body, file).application?.apply).toEqual({
    takeover: ["terraform", "my-.*"],
    adopt: "identical",
    recreate: true,
  });
  expect(shown("metadata: { name: shop }\nspec: { takeover: ['my-('], adopt: maybe }\n")).toEqual([
    `${file}:4 spec.takeover[0]: Expected a regular expression: got "my-("`,
    `${file}:4 spec.adopt: Expected "always", "identical" or "never": got "maybe"`,
  ]);
});

test("parseApplication() reads which drift to ignore", () => {
  const body = `metadata: { name: shop }
spec:
  drift:
    strict: true
    ignore:
      - target: { group: apps, kind: Deployment, name: web-.* }
        paths: [/spec/replicas, "spec.template.spec.containers[name=web].image"]
      - managers: [vpa.*]
`;
  expect(shown(body)).toEqual([]);
  const { application } = parseApplication(head + body, file);
  expect(application?.driftStrict).toBe(true);
  expect(application?.driftIgnore).toEqual([
    {
      target: { group: "apps", kind: "Deployment", namespace: "", name: "web-.*" },
      paths: ["/spec/replicas", "spec.template.spec.containers[name=web].image"],
      managers: [],
    },
    { target: { group: "", kind: "", namespace: "", name: "" }, paths: [], managers: ["vpa.*"] },
  ]);
});

test("parseApplication() says what is wrong with a drift rule", () => {
  const body = `metadata: { name: shop }
spec:
  drift:
    ignore:
      - target: { kind: Deployment }
      - paths: [/]
      - target: { name: "web-(" }
        managers: [x]
`;
  expect(shown(body)).toEqual([
    `${file}:7 spec.drift.ignore[0]: Expected some "paths" or "managers": got {"target":{"kind":"Deployment"}}`,
    `${file}:8 spec.drift.ignore[1].paths[0]: Expected a JSON pointer such as "/spec/replicas", or a path as drift is reported such as "spec.replicas": got "/"`,
    `${file}:9 spec.drift.ignore[2].target.name: Expected a regular expression: got "web-("`,
  ]);
});

test("parseApplication() takes a service account from the application's namespace, or asks which", () => {
  const written = (spec: string) => parseApplication(`${head}metadata: { name: shop }\nspec: { ${spec} }\n`, file);
  expect(written("namespace: shop, serviceAccount: deployer").application?.serviceAccount).toBe("shop/deployer");
  expect(written("namespace: shop, serviceAccount: ops/deployer").application?.serviceAccount).toBe("ops/deployer");
  expect(written("serviceAccount: deployer").problems).toMatchObject([
    {
      message: 'Expected "namespace/name", as the application has no "namespace": got "deployer"',
      position: { file, line: 4, path: "spec.serviceAccount" },
    },
  ]);
  expect(written("serviceAccount: a/b/c").problems[0]?.message).toBe(
    'Expected "name" or "namespace/name": got "a/b/c"',
  );
});

test("parseApplication() reads what may be deleted of it, and what becomes of it when it leaves", () => {
  const body = "metadata: { name: shop }\nspec: { deletion: orphan, guards: { maxDeletes: 0 } }\n";
  const { application } = parseApplication(head + body, file);
  expect(application).toMatchObject({ deletion: "orphan", maxDeletes: { most: 0, isPercent: false } });
  expect(shown("metadata: { name: shop }\nspec: { deletion: keep }\n")).toEqual([
    `${file}:4 spec.deletion: Expected "delete" or "orphan": got "keep"`,
  ]);
});

test("rule 9: promotion is switched by who owns fleet.yaml: an application cannot say anything of it", () => {
  const written = (spec: string) => shown(`metadata: { name: shop }\n${spec}\n`);
  expect(written("spec: { promotion: { mode: auto } }")[0]).toContain('Unknown field "promotion"');
  expect(written("promotion: { mode: auto }")[0]).toContain('Unknown field "promotion"');
});
