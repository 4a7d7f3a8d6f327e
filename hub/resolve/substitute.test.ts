import { assert, constantFrom, property, record } from "fast-check";
import { expect, test } from "vitest";
import { AppError } from "../../common/errors.ts";
import type { RenderedObject } from "../ports.ts";
import { problemsOf } from "./refusal.ts";
import { substitute, usedVariables } from "./substitute.ts";
import { valuesKey } from "./values.ts";

function object(fields: Record<string, unknown>, source = "apps/web.yaml:3"): RenderedObject {
  const manifest = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, ...fields };
  return { manifest, source };
}

test("substitute() makes numbers and booleans of texts that become some, where Kubernetes takes them", () => {
  const rendered = object({
    metadata: { name: "web-${n}", labels: { size: "${n}" } },
    spec: {
      replicas: "${n}",
      paused: "${flag}",
      ratio: "${half}",
      version: "${version}",
      literal: "3",
      empty: "${none:=}",
      "${key}": "v",
      list: ["${n}"],
      template: {
        containers: [{ name: "${n}", image: "${n}", args: ["${n}"], env: [{ name: "A", value: "${flag}" }] }],
      },
    },
  });
  const values = { n: "3", flag: "true", half: "0.5", version: "1.10", key: "k" };
  expect(substitute([rendered], values)).toEqual([
    object({
      metadata: { name: "web-3", labels: { size: "3" } },
      spec: {
        replicas: 3,
        paused: true,
        ratio: 0.5,
        version: "1.10",
        literal: "3",
        empty: "",
        k: "v",
        list: [3],
        template: { containers: [{ name: "3", image: "3", args: ["3"], env: [{ name: "A", value: "true" }] }] },
      },
    }),
  ]);
});

test("substitute() keeps data of a ConfigMap text", () => {
  const config = (n: string) => object({ apiVersion: "v1", kind: "ConfigMap", data: { n } });
  expect(substitute([config("${n}")], { n: "3" })).toEqual([config("3")]);
});

test.each(["drover.dev/substitute", "kustomize.toolkit.fluxcd.io/substitute"])(
  "substitute() leaves an object alone that says so by %s",
  (key) => {
    const script = object({ metadata: { name: "a", annotations: { [key]: "disabled" } }, data: "${HOME}" });
    const labelled = object({ metadata: { name: "b", labels: { [key]: "disabled" } }, data: "${HOME" });
    expect(substitute([script, labelled], {})).toEqual([script, labelled]);
    expect(usedVariables([script, labelled])).toEqual(new Set());
  },
);

test("substitute() reports every variable without value with object, field, file and line", () => {
  const broken = object({ spec: { replicas: "${count}", list: ["${tag}"], "${": 1 } });
  const hidden = object({ spec: { replicas: "${count}" } }, "");
  let thrown: unknown;
  try {
    substitute([broken, hidden], {});
  } catch (error) {
    thrown = error;
  }
  const at = (path: string) => ({ file: "apps/web.yaml", line: 3, path });
  expect(thrown).toBeInstanceOf(AppError);
  expect(problemsOf(thrown as AppError)).toEqual([
    {
      severity: "error",
      message: 'Cannot fill in Deployment web: variable "count" has no value and no default',
      position: at("spec.replicas"),
    },
    {
      severity: "error",
      message: 'Cannot fill in Deployment web: variable "tag" has no value and no default',
      position: at("spec.list[0]"),
    },
    {
      severity: "error",
      message:
        'Cannot fill in Deployment web: malformed "${": expected a variable such as "${name}" or "${name:=default}", or "$${" for a literal "${"',
      position: at("spec[${]"),
    },
    {
      severity: "error",
      message: 'Cannot fill in Deployment web at spec.replicas: variable "count" has no value and no default',
    },
  ]);
});

test("usedVariables() names what an object depends on: equal values of them, equal objects", () => {
  const rendered = [object({ spec: { a: "${x}-${y:=${z}}", b: ["$${not}", "${x}"], "${k}": 1 } })];
  const used = usedVariables(rendered);
  expect(used).toEqual(new Set(["x", "y", "z", "k"]));
  const value = constantFrom("", "1", "b");
  const values = record({ x: value, y: value, z: value, k: value, other: value });
  assert(
    property(values, values, (left, right) => {
      if (valuesKey(used, left) !== valuesKey(used, right)) return;
      expect(substitute(rendered, left)).toEqual(substitute(rendered, right));
    }),
  );
});
