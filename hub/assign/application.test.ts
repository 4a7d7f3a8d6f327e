import { array, assert, constantFrom, integer, property, shuffledSubarray, string, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import type { Application, Tenant } from "../../common/domain/index.ts";
import { canonicalJson, defaultApplyPolicy, defaultPolicy, digestOf } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { decodeApplicationBody, encodeApplicationBody } from "../../common/wire/index.ts";
import type { RenderedObject } from "../ports.ts";
import { problemsOf } from "../resolve/index.ts";
import { assembleApplication } from "./application.ts";

const application: Application = {
  name: "shop",
  file: "apps/shop/application.yaml",
  path: "apps/shop",
  namespace: "shop",
  renderer: "auto",
  dependsOn: ["queue", "database"],
  driftMode: "correct",
  driftIgnore: [],
  driftStrict: false,
  prune: true,
  deletion: undefined,
  maxDeletes: undefined,
  timeoutSeconds: 300,
  health: [],
  apply: defaultApplyPolicy,
  serviceAccount: undefined,
  substitute: undefined,
  allowEmpty: false,
};

function config(name: string, source = "", data: Record<string, string> = {}): RenderedObject {
  return { manifest: { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data }, source };
}

function assemble(rendered: readonly RenderedObject[], change: Partial<Application> = {}, values = {}) {
  return assembleApplication({
    application: { ...application, ...change },
    rendered,
    values,
    revision: "r1",
    tenant: undefined,
  });
}

test("assembleApplication() gives body and objects in order of their refs", () => {
  const rendered: RenderedObject[] = [
    config("b", "apps/shop/b.yaml:1"),
    { manifest: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }, source: "" },
    config("a"),
  ];
  const content = (value: unknown) => {
    const bytes = Buffer.from(canonicalJson(value));
    return { digest: digestOf(bytes), content: bytes };
  };
  const ref = (kind: string, namespace: string, name: string) => ({ group: "", kind, namespace, name });
  const meta = (name: string) => ({ metadata: { name, namespace: "shop" }, data: {} });
  const objects = [
    content({ apiVersion: "v1", kind: "ConfigMap", ...meta("a") }),
    content({ apiVersion: "v1", kind: "ConfigMap", ...meta("b") }),
    content({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }),
  ];
  expect(assemble(rendered)).toEqual({
    objects,
    body: {
      name: "shop",
      revision: "r1",
      dependsOn: ["database", "queue"],
      policy: defaultPolicy,
      objects: [
        { apiVersion: "v1", ref: ref("ConfigMap", "shop", "a"), digest: objects[0]?.digest, source: "" },
        {
          apiVersion: "v1",
          ref: ref("ConfigMap", "shop", "b"),
          digest: objects[1]?.digest,
          source: "apps/shop/b.yaml:1",
        },
        { apiVersion: "v1", ref: ref("Namespace", "", "shop"), digest: objects[2]?.digest, source: "" },
      ],
    },
  });
});

test("assembleApplication() hands on what annotations say about how an object is applied, values filled in", () => {
  const annotations = { "drover.dev/apply": "${mode}", "kustomize.toolkit.fluxcd.io/force": "enabled" };
  const { manifest } = config("a");
  const rendered = [
    { manifest: { ...manifest, metadata: { ...manifest.metadata, annotations } }, source: "" },
    config("b"),
  ];
  const { body } = assemble(rendered, { substitute: {} }, { mode: "merge" });
  expect(body.objects.map(({ policy }) => policy)).toEqual([
    { apply: "merge", adopt: "", recreate: "enabled" },
    undefined,
  ]);
});

test("assembleApplication() fills in values only when the application says substitute", () => {
  const rendered = [config("a", "", { size: "${size}" })];
  const data = (change: Partial<Application>) =>
    assemble(rendered, change, { size: "big" }).objects.map(({ content }) => JSON.parse(content.toString())["data"]);
  expect(data({})).toEqual([{ size: "${size}" }]);
  expect(data({ substitute: {} })).toEqual([{ size: "big" }]);
});

test("assembleApplication() refuses names no cluster takes and two objects with one ref, naming both places", () => {
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "system:a" } };
  const rendered = [
    config("a", "x.yaml:1"),
    { manifest: role, source: "" },
    { manifest: { ...config("a").manifest, metadata: { name: "a", namespace: "shop" } }, source: "y.yaml:7" },
    config("A_b", "z.yaml:2"),
    { manifest: { ...config("c").manifest, metadata: { name: "c", namespace: "No" } }, source: "" },
  ];
  let thrown: unknown;
  try {
    assemble(rendered);
  } catch (error) {
    thrown = error;
  }
  expect(problemsOf(thrown as AppError)).toEqual([
    {
      severity: "error",
      message: "Two objects ConfigMap shop/a: expected it once, the other one is in x.yaml:1",
      position: { file: "y.yaml", line: 7, path: "metadata.name" },
    },
    {
      severity: "error",
      message: "Invalid name of ConfigMap shop/A_b: expected lower-case letters, digits, dashes and dots",
      position: { file: "z.yaml", line: 2, path: "metadata.name" },
    },
    {
      severity: "error",
      message: "Invalid namespace of ConfigMap No/c: expected lower-case letters, digits and dashes",
    },
  ]);
  expect(thrown).toBeInstanceOf(AppError);
  expect((thrown as AppError).message).toBe(
    "Two objects ConfigMap shop/a: expected it once, the other one is in x.yaml:1 (and 2 more)",
  );
});

test("assembleApplication() gives equal content equal bytes, in whatever order it was rendered; the wire keeps it", () => {
  const name = string({ unit: constantFrom("a", "b", "c", "1"), minLength: 1, maxLength: 4 });
  assert(
    property(
      uniqueArray(name, { minLength: 1, maxLength: 8 }).chain((names) =>
        shuffledSubarray(names, { minLength: names.length }).map((shuffled) => ({ names, shuffled })),
      ),
      array(integer({ min: 0, max: 9 })),
      ({ names, shuffled }, numbers) => {
        const data = { numbers: numbers.join() };
        const left = assemble(names.map((each) => config(each, "", data)));
        const right = assemble(shuffled.map((each) => config(each, "", data)));
        expect(encodeApplicationBody(right.body)).toEqual(encodeApplicationBody(left.body));
        expect(right.objects).toEqual(left.objects);
        expect(decodeApplicationBody(encodeApplicationBody(left.body))).toEqual(left.body);
      },
    ),
  );
});

test("assembleApplication() holds a tenant's application to its namespaces and its service account", () => {
  const tenant: Tenant = {
    name: "a",
    applications: ["apps"],
    namespaces: ["shop"],
    allowedKinds: undefined,
    deniedKinds: [],
    clusterScoped: false,
    clusters: undefined,
    serviceAccount: "shop/deployer",
  };
  const assembled = (rendered: readonly RenderedObject[], of: Tenant) =>
    assembleApplication({ application, rendered, values: {}, revision: "r1", tenant: of });
  expect(assembled([config("a")], tenant).body.policy).toEqual({
    ...defaultPolicy,
    serviceAccount: "shop/deployer",
    namespacedOnly: true,
  });
  expect(assembled([config("a")], { ...tenant, clusterScoped: true }).body.policy.namespacedOnly).toBe(false);
  expect(() => assembled([config("a", "a.yaml:1")], { ...tenant, namespaces: ["other"] })).toThrow(
    'Tenant "a" may not have ConfigMap shop/a: expected a namespace like "other"',
  );
});

function annotated(name: string, annotations: Record<string, string>): RenderedObject {
  const { manifest, source } = config(name, `${name}.yaml:1`);
  return { manifest: { ...manifest, metadata: { ...manifest.metadata, annotations } }, source };
}

test("assembleApplication() tells with each object its wave and whether it is a hook", () => {
  const { body } = assemble([
    annotated("a", {}),
    annotated("b", { "argocd.argoproj.io/sync-wave": "-2" }),
    annotated("c", { "drover.dev/hook": "PreSync,SyncFail", "drover.dev/hook-timeout": "1m" }),
  ]);
  expect(body.objects.map(({ ref: { name }, wave, hook }) => ({ name, wave, hook }))).toEqual([
    { name: "a", wave: undefined, hook: undefined },
    { name: "b", wave: -2, hook: undefined },
    {
      name: "c",
      wave: undefined,
      hook: {
        moments: [
          { phase: "PreSync", only: "" },
          { phase: "SyncFail", only: "" },
        ],
        deletePolicies: ["BeforeHookCreation"],
        timeoutSeconds: 60,
      },
    },
  ]);
  expect(decodeApplicationBody(encodeApplicationBody(body))).toEqual(body);
});

test("assembleApplication() refuses waves and hooks that nobody could follow, with their place", () => {
  const rendered = [annotated("a", { "drover.dev/wave": "last" }), annotated("b", { "helm.sh/hook": "pre-flight" })];
  let thrown: unknown;
  try {
    assemble(rendered);
  } catch (error) {
    thrown = error;
  }
  expect(problemsOf(thrown as AppError)).toEqual([
    {
      severity: "error",
      message: 'Annotation "drover.dev/wave" of ConfigMap shop/a: expected a whole number, got "last"',
      position: { file: "a.yaml", line: 1, path: 'metadata.annotations["drover.dev/wave"]' },
    },
    {
      severity: "error",
      message: expect.stringMatching(
        /^Annotation "helm\.sh\/hook" of ConfigMap shop\/b: expected some of pre-install, /,
      ),
      position: { file: "b.yaml", line: 1, path: 'metadata.annotations["helm.sh/hook"]' },
    },
  ]);
});
