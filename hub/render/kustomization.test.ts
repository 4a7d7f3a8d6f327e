import { expect, test } from "vitest";
import { isRemote, referencesIn } from "./kustomization.ts";

test("referencesIn() finds every place that a kustomization refers to", () => {
  const kustomization = {
    namespace: "x",
    resources: ["../base", "a.yaml"],
    components: ["../c"],
    transformers: ["t.yaml", "apiVersion: builtin\nkind: PrefixTransformer\n"],
    crds: ["crd.json"],
    patches: [{ path: "p.yaml" }, { patch: "- op: remove" }],
    patchesStrategicMerge: ["s.yaml", "kind: X"],
    replacements: [{ path: "r.yaml" }, { source: {}, targets: [] }],
    configMapGenerator: [{ name: "c", files: ["k=f.txt", "g.txt"], envs: ["e.env"], literals: ["path=x"] }],
    secretGenerator: [{ name: "s", env: "s.env" }],
    openapi: { path: "o.json" },
    labels: [{ pairs: { path: "x" } }],
  };
  expect(referencesIn(kustomization).map(({ target, path }) => `${path.join(".")} ${target}`)).toEqual([
    "resources.0 ../base",
    "resources.1 a.yaml",
    "components.0 ../c",
    "transformers.0 t.yaml",
    "crds.0 crd.json",
    "patches.0.path p.yaml",
    "patchesStrategicMerge.0 s.yaml",
    "replacements.0.path r.yaml",
    "configMapGenerator.0.files.0 f.txt",
    "configMapGenerator.0.files.1 g.txt",
    "configMapGenerator.0.envs.0 e.env",
    "secretGenerator.0.env s.env",
    "openapi.path o.json",
  ]);
});

test("isRemote() knows what kustomize would fetch", () => {
  const remote = ["https://example.org/x.yaml", "git@example.org:a/b", "github.com/a/b//c?ref=v1", "ssh://h/x"];
  expect(remote.filter(isRemote)).toEqual(remote);
  expect(["../base", "a.yaml", "github.yaml", "./github.com.yaml"].filter(isRemote)).toEqual([]);
});
