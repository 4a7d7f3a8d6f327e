import { expect, test } from "vitest";
import type { TreeEntry } from "../ports.ts";
import { applicationFiles, heldApplications, resolveApplications } from "./applications.ts";

function file(name: string, spec = "{}", path = `apps/${name}/application.yaml`) {
  const text = `apiVersion: drover.dev/v1alpha1\nkind: Application\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
  return { path, text };
}

function outcome(files: readonly { path: string; text: string }[]) {
  const { applications, refused } = resolveApplications(files);
  return {
    names: applications.map(({ application }) => application.name),
    refused: refused.map(({ name, problems }) => ({
      name,
      problems: problems.map(
        ({ message, position }) => `${position?.file}:${position?.line} ${position?.path ?? ""}: ${message}`,
      ),
    })),
  };
}

test("applicationFiles() follows the globs and takes files only", () => {
  const entry = (path: string, mode: TreeEntry["mode"] = "file"): TreeEntry => ({ path, oid: "0", mode });
  const entries = [
    entry("apps/a/application.yaml"),
    entry("apps/deep/b/application.yaml", "executable"),
    entry("apps/c/application.yaml", "symlink"),
    entry("apps/application.yaml"),
    entry("application.yaml"),
    entry("other/x.yaml"),
  ];
  const matched = (...globs: string[]) => applicationFiles(globs, entries).map(({ path }) => path);
  expect(matched("apps/**/application.yaml")).toEqual([
    "apps/a/application.yaml",
    "apps/deep/b/application.yaml",
    "apps/application.yaml",
  ]);
  expect(matched("application.yaml", "other/*.yaml")).toEqual(["application.yaml", "other/x.yaml"]);
  expect(matched()).toEqual([]);
});

test("resolveApplications() sorts by name and lets good ones pass by bad ones", () => {
  expect(outcome([file("web"), { path: "apps/x/application.yaml", text: "a: [" }, file("api")])).toEqual({
    names: ["api", "web"],
    refused: [
      {
        name: undefined,
        problems: [
          "apps/x/application.yaml:1 : YAML syntax error: flow sequence in block collection must be sufficiently indented and end with a ]",
        ],
      },
    ],
  });
});

test("resolveApplications() refuses both of two applications with one name and names both files", () => {
  expect(outcome([file("web"), file("web", "{}", "apps/two/application.yaml"), file("api")])).toEqual({
    names: ["api"],
    refused: [
      {
        name: "web",
        problems: [
          'apps/web/application.yaml:3 metadata.name: Two applications named "web": expected unique names, the other one is in "apps/two/application.yaml"',
        ],
      },
      {
        name: "web",
        problems: [
          'apps/two/application.yaml:3 metadata.name: Two applications named "web": expected unique names, the other one is in "apps/web/application.yaml"',
        ],
      },
    ],
  });
});

test("resolveApplications() refuses unknown dependencies and circles, not what waits for a refused application", () => {
  expect(
    outcome([
      file("web", "{ dependsOn: [databse] }"),
      file("database"),
      file("a", "{ dependsOn: [b] }"),
      file("b", "{ dependsOn: [c] }"),
      file("c", "{ dependsOn: [a] }"),
      file("outside", "{ dependsOn: [a, broken] }"),
      file("broken", "{ timeout: x }"),
    ]),
  ).toEqual({
    names: ["database", "outside"],
    refused: [
      {
        name: "broken",
        problems: [
          'apps/broken/application.yaml:4 spec.timeout: Expected a duration such as "30s", "10m" or "1h30m": got "x"',
        ],
      },
      {
        name: "web",
        problems: [
          'apps/web/application.yaml:4 spec.dependsOn[0]: Unknown application "databse": did you mean "database"?',
        ],
      },
      {
        name: "a",
        problems: ["apps/a/application.yaml:4 spec.dependsOn[0]: Applications wait for each other: a → b → c → a"],
      },
      {
        name: "b",
        problems: ["apps/b/application.yaml:4 spec.dependsOn[0]: Applications wait for each other: b → c → a → b"],
      },
      {
        name: "c",
        problems: ["apps/c/application.yaml:4 spec.dependsOn[0]: Applications wait for each other: c → a → b → c"],
      },
    ],
  });
});

test("heldApplications() holds refused ones, and what may hide in a file that does not tell its name", () => {
  const previous = ["web", "api", "gone", "db"].map((name) => ({ name, file: `apps/${name}/application.yaml` }));
  const held = (files: readonly { path: string; text: string }[]) => [
    ...heldApplications(previous, resolveApplications(files)).keys(),
  ];
  expect(held([file("web"), file("api", "{ prune: 1 }"), file("db")])).toEqual(["api"]);
  expect(held([file("web"), { path: "apps/api/application.yaml", text: "[" }, file("db")])).toEqual(["api", "gone"]);
  expect(held([file("web"), file("api"), file("db")])).toEqual([]);
});

test("heldApplications() blames the file that an application came from, when another one takes its name", () => {
  const copy = file("web", "{}", "apps/copy/application.yaml");
  const held = heldApplications(
    [{ name: "web", file: "apps/web/application.yaml" }],
    resolveApplications([copy, file("web")]),
  );
  expect([...held.values()].map(({ file }) => file)).toEqual(["apps/web/application.yaml"]);
});
