import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { parseManifests } from "./manifest-yaml.ts";

function config(name: string, rest: Record<string, unknown> = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...rest };
}

const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n";

test("parseManifests() reads several documents with their lines, skips empty ones and Drover's own", () => {
  expect(
    parseManifests(`# only a comment
---
${head}---
---
apiVersion: drover.dev/v1alpha1
kind: Application
metadata: { name: shop }
---
# about b
apiVersion: v1
kind: ConfigMap
metadata: { name: b }
`),
  ).toEqual({
    objects: [
      { manifest: config("a"), line: 3 },
      { manifest: config("b"), line: 13 },
    ],
    problems: [],
  });
  expect(parseManifests("")).toEqual({ objects: [], problems: [] });
});

test("parseManifests() takes lists apart, in YAML and in JSON", () => {
  const list = {
    apiVersion: "v1",
    kind: "List",
    items: [config("a"), { ...config("x"), kind: "ConfigMapList", items: [config("b")] }],
  };
  const objects = [
    { manifest: config("a"), line: 1 },
    { manifest: config("b"), line: 1 },
  ];
  expect(parseManifests(JSON.stringify(list))).toEqual({ objects, problems: [] });
  expect(parseManifests(`# yaml\n${JSON.stringify(list)}`)).toEqual({
    objects: objects.map((each) => ({ ...each, line: 2 })),
    problems: [],
  });
});

test("parseManifests() reads scalars as kustomize does", () => {
  const { objects } = parseManifests(`${head}data:
  mode: 0644
  yes: yes
  time: 22:22
  day: 2026-01-01
  flag: true
  float: 1.5
  negative: -3
  none: ~
  version: "1.10"
  infinite: .inf
  merged: &m { a: 1 }
  more: { <<: *m, b: 2 }
`);
  expect(objects[0]?.manifest["data"]).toEqual({
    mode: 420,
    yes: "yes",
    time: "22:22",
    day: "2026-01-01",
    flag: true,
    float: 1.5,
    negative: -3,
    none: null,
    version: "1.10",
    infinite: ".inf",
    merged: { a: 1 },
    more: { a: 1, b: 2 },
  });
});

test.each([
  ["- a\n", { message: 'Expected a Kubernetes object: got ["a"]', line: 1, path: "" }],
  [
    "kind: X\nmetadata: {name: a}\n",
    { message: 'Missing field "apiVersion": expected text such as "apps/v1"', line: 1, path: "apiVersion" },
  ],
  [
    "\napiVersion: v1\nmetadata: {name: a}\n",
    { message: 'Missing field "kind": expected text such as "Deployment"', line: 2, path: "kind" },
  ],
  [
    "apiVersion: v1\nkind: X\n",
    { message: 'Missing field "metadata" of X: expected a mapping with a name', line: 1, path: "metadata" },
  ],
  [
    "apiVersion: v1\nkind: X\nmetadata: {}\n",
    { message: 'Missing field "metadata.name": expected text of X', line: 1, path: "metadata.name" },
  ],
  [
    "apiVersion: v1\nkind: X\nmetadata: {name: 3}\n",
    { message: 'Expected text for "metadata.name" of X: got 3', line: 1, path: "metadata.name" },
  ],
  [
    "apiVersion: v1\nkind: X\nmetadata: {generateName: a-}\n",
    {
      message: 'Field "generateName" of X: expected "name", what Git describes has the same name each time',
      line: 1,
      path: "metadata.generateName",
    },
  ],
  [
    "kind: List\napiVersion: v1\nitems: [{kind: X, apiVersion: v1}]\n",
    { message: 'Missing field "metadata" of X: expected a mapping with a name', line: 1, path: "items[0].metadata" },
  ],
  [
    `${head}data: {a: 1\n`,
    {
      message: "YAML syntax error: flow map in block collection must be sufficiently indented and end with a }",
      line: 5,
    },
  ],
  [`${head}kind: X\n`, { message: "YAML syntax error: map keys must be unique", line: 4 }],
  [`${head}data: !secret x\n`, { message: "YAML syntax error: unresolved tag: !secret", line: 4 }],
  [
    `${head}data: { big: 12345678901234567890 }\n`,
    { message: 'YAML syntax error: "12345678901234567890" is too large for a number, write it in quotes', line: 4 },
  ],
  [
    `${head}data: *none\n`,
    { message: "YAML syntax error: unresolved alias (the anchor must be set before the alias): none", line: 1 },
  ],
])("parseManifests() says what is wrong with %j", (text, problem) => {
  expect(parseManifests(text)).toEqual({ objects: [], problems: [problem] });
});

test("parseManifests() goes on after a document with an error", () => {
  expect(parseManifests(`kind: X\n---\n${head}`).objects).toEqual([{ manifest: config("a"), line: 3 }]);
});

test("parseManifests() refuses aliases that unfold beyond measure", () => {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join()}]`,
  );
  const { objects, problems } = parseManifests(`${head}l0: &l0 x\n${levels.join("\n")}\n`);
  expect(objects).toEqual([]);
  expect(problems).toEqual([
    { message: "YAML syntax error: excessive alias count indicates a resource exhaustion attack", line: 1 },
  ]);
});

test("parseManifests() never throws, whatever the text, and reads back what it is given", () => {
  assert(property(string({ unit: "binary" }), (text) => void parseManifests(text)));
  assert(
    property(string(), (text) => {
      const manifest = config("a", { data: { text } });
      expect(parseManifests(JSON.stringify(manifest)).objects[0]?.manifest).toEqual(manifest);
      expect(parseManifests(`---\n${JSON.stringify(manifest)}`).objects[0]?.manifest).toEqual(manifest);
    }),
  );
});

test("parseManifests() gives a hook without a name one of its own for each content", () => {
  const hook = (image: string) =>
    `apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: migrate-\n  annotations: {argocd.argoproj.io/hook: PreSync}\nspec: {image: ${image}}\n`;
  const nameOf = (text: string) => {
    const { objects, problems } = parseManifests(text);
    expect(problems).toEqual([]);
    expect(objects[0]?.manifest.metadata).not.toHaveProperty("generateName");
    return objects[0]?.manifest.metadata.name;
  };
  expect(nameOf(hook("a"))).toMatch(/^migrate-[0-9a-f]{8}$/);
  expect(nameOf(hook("a"))).toBe(nameOf(hook("a")));
  expect(nameOf(hook("a"))).not.toBe(nameOf(hook("b")));
});
