import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import type { Problem } from "../../common/domain/index.ts";
import { AppError, positioned } from "../../common/errors.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import type { RenderedObject, RenderRequest } from "../../hub/ports.ts";
import { createRenderer } from "../../hub/render/index.ts";
import { createMemoryRepository, type Files } from "./renderer-repository.ts";

const config = (name: string, value = "1") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: "${value}" }\n`;
const kustomization = (body: string) => `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${body}`;

const overlays: Files = {
  "apps/shop/base/kustomization.yaml": kustomization("resources: [web.yaml]\n"),
  "apps/shop/base/web.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, annotations: { keep: "yes" } }
spec: { replicas: 1 }
`,
  "apps/shop/base/unused.yaml": "not: [yaml",
  "apps/shop/overlays/dev/kustomization.yaml": kustomization(`namePrefix: dev-
resources:
  - ../../base
patches:
  - path: replicas.yaml
configMapGenerator:
  - name: settings
    files: [app.ini=settings.ini]
`),
  "apps/shop/overlays/dev/replicas.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec: { replicas: 3 }
`,
  "apps/shop/overlays/dev/settings.ini": "a=1\n",
};

function harness(
  kustomize: string | undefined,
  searchPath = process.env["PATH"] ?? "",
  whole: { readonly signal?: AbortSignal } = {},
) {
  const repository = createMemoryRepository();
  const renderer = createRenderer({
    git: repository,
    kustomize,
    searchPath,
    concurrency: 2,
    cacheBytes: 1_000_000,
    ...whole,
    log: silentLogger(),
  });
  return {
    repository,
    render: (files: Files, path: string, change: Partial<RenderRequest> = {}, signal?: AbortSignal) =>
      renderer.render(
        { revision: repository.commit(files), path, renderer: "auto", hydrated: false, ...change },
        { signal },
      ),
  };
}

/** "apps/a.yaml:3 kind: …" for each problem, behind the code. */
async function refusalOf(rendering: Promise<unknown>): Promise<string[]> {
  const error = await rendering.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error("Expected an AppError", { cause: error });
  const problems = (error.details["problems"] as readonly Problem[] | undefined) ?? [error];
  return [error.code, ...problems.map(({ message, position }) => positioned(message, position))];
}

function sources(objects: readonly RenderedObject[]): string[] {
  return objects.map(({ manifest, source }) => `${manifest.kind} ${manifest.metadata.name} ${source}`);
}

export function describeRenderer(name: string, kustomizeProgram: () => Promise<string>): void {
  describe(name, () => {
    let program = "";
    beforeAll(async () => {
      program = await kustomizeProgram();
    });

    test("render() reads plain manifests below the folder and leaves other applications alone", async () => {
      const objects = await harness(program).render(
        {
          "apps/a/application.yaml": "kind: Application",
          "apps/a/one.yaml": `${config("one")}---\n${config("two")}`,
          "apps/a/deep/three.json": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"three"}}',
          "apps/a/deep/four.yml": config("four"),
          "apps/a/README.md": "# text",
          "apps/a/.hidden.yaml": "x",
          "apps/a/other/application.yaml": "kind: Application",
          "apps/a/other/five.yaml": config("five"),
          "apps/b/six.yaml": config("six"),
        },
        "apps/a",
      );
      expect(sources(objects)).toEqual([
        "ConfigMap four apps/a/deep/four.yml:1",
        "ConfigMap three apps/a/deep/three.json:1",
        "ConfigMap one apps/a/one.yaml:1",
        "ConfigMap two apps/a/one.yaml:6",
      ]);
    });

    test("render() reports every wrong manifest with file, line and field", async () => {
      const rendering = harness(program).render(
        {
          "apps/a/ok.yaml": config("ok"),
          "apps/a/no-kind.yaml": "# first\napiVersion: v1\nmetadata: { name: x }\n",
          "apps/a/syntax.yaml": `${config("x")}oops: [1\n`,
        },
        "apps/a",
      );
      expect(await refusalOf(rendering)).toEqual([
        "INVALID_ARGUMENT",
        'apps/a/no-kind.yaml:2 kind: Missing field "kind": expected text such as "Deployment"',
        "apps/a/syntax.yaml:6: YAML syntax error: flow sequence in block collection must be sufficiently indented and end with a ]",
      ]);
    });

    test("render() refuses links, submodules and folders that want to be built", async () => {
      const files: Files = {
        "apps/a/link.yaml": { mode: "symlink" },
        "apps/a/module": { mode: "submodule" },
        "apps/a/base/kustomization.yaml": kustomization("resources: []\n"),
      };
      const { render } = harness(program);
      expect(await refusalOf(render(files, "apps/a"))).toEqual([
        "INVALID_ARGUMENT",
        'apps/a/base: Folder "apps/a/base" has a kustomization: set spec.path to the folder to build, or "renderer: plain"',
        'apps/a/link.yaml: Cannot read "apps/a/link.yaml": expected a file, a symlink is not followed',
        'apps/a/module: Cannot read "apps/a/module": expected a file, a submodule is not followed',
      ]);
      const plain = { "apps/a/kustomization.yaml": "x", "apps/a/sub/Kustomization": "x", "apps/a/c.yaml": config("c") };
      expect(sources(await render(plain, "apps/a", { renderer: "plain" }))).toEqual(["ConfigMap c apps/a/c.yaml:1"]);
    });

    test("render() says which folder is missing", async () => {
      expect(await refusalOf(harness(program).render({ "a.yaml": config("a") }, "apps/a"))).toEqual([
        "NOT_FOUND",
        'apps/a: Missing folder "apps/a"',
      ]);
    });

    test("render() renders the root of a repository", async () => {
      expect(sources(await harness(program).render({ "a.yaml": config("a") }, ""))).toEqual(["ConfigMap a a.yaml:1"]);
    });

    test("render() builds a kustomization from the files it refers to and says where objects come from", async () => {
      const objects = await harness(program).render(overlays, "apps/shop/overlays/dev");
      expect(objects.map(({ source }) => source).sort()).toEqual([
        "apps/shop/base/web.yaml",
        "apps/shop/overlays/dev/kustomization.yaml",
      ]);
      expect(objects.find(({ manifest }) => manifest.kind === "Deployment")?.manifest).toEqual({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "dev-web", annotations: { keep: "yes" } },
        spec: { replicas: 3 },
      });
      const settings = objects.find(({ manifest }) => manifest.kind === "ConfigMap")?.manifest;
      expect(settings).toEqual({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: expect.stringMatching(/^dev-settings-[a-z0-9]{10}$/) },
        data: { "app.ini": "a=1\n" },
      });
    });

    test("render() leaves out every object that patches delete, in one file or several", async () => {
      const removal = (name: string) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n$patch: delete\n`;
      const files = (patches: string) => ({
        "a/kustomization.yaml": kustomization(`resources: [c.yaml]\n${patches}`),
        "a/c.yaml": ["one", "two", "three", "four"].map((name) => config(name)).join("---\n"),
        "a/several.yaml": `${removal("one")}---\n${removal("three")}`,
        "a/single.yaml": removal("four"),
      });
      const { render } = harness(program);
      const names = async (patches: string) =>
        (await render(files(patches), "a")).map(({ manifest }) => manifest.metadata.name).sort();
      expect(await names("")).toEqual(["four", "one", "three", "two"]);
      expect(await names("patches: [{ path: several.yaml }, { path: single.yaml }]\n")).toEqual(["two"]);
    });

    test("render() keeps origin annotations that the kustomization itself asks for", async () => {
      const files = {
        "a/kustomization.yaml": kustomization("resources: [c.yaml]\nbuildMetadata: [originAnnotations]\n"),
        "a/c.yaml": config("c"),
      };
      const [object] = await harness(program).render(files, "a");
      expect(object?.manifest.metadata.annotations).toEqual({ "config.kubernetes.io/origin": "path: c.yaml\n" });
      expect(object?.source).toBe("a/c.yaml");
    });

    test("render() gives the same objects without reading a file when only other files changed", async () => {
      const { repository, render } = harness(program);
      const plain = { "p/a.yaml": config("a"), "p/b.yaml": config("b") };
      const built = await render({ ...overlays, ...plain }, "apps/shop/overlays/dev");
      const read = await render({ ...overlays, ...plain }, "p");
      const reads = repository.blobReads();
      const later = { ...overlays, ...plain, "apps/shop/base/unused.yaml": "changed", "other.txt": "new" };
      expect(await render(later, "apps/shop/overlays/dev")).toBe(built);
      expect(await render(later, "p")).toBe(read);
      expect(repository.blobReads()).toBe(reads);
      const changed = await render({ ...later, "p/b.yaml": config("b", "2") }, "p");
      expect(changed[1]?.manifest["data"]).toEqual({ value: "2" });
      expect(repository.blobReads()).toBe(reads + 1);
    });

    test("render() refuses references that lead nowhere, outside or away, each with its line", async () => {
      const files: Files = {
        "a/kustomization.yaml": kustomization(`resources:
  - missing.yaml
  - ../../outside.yaml
  - https://example.org/x.yaml
  - github.com/example/repository//base?ref=v1
  - ../b
  - link.yaml
helmCharts: []
`),
        "a/link.yaml": { mode: "symlink" },
        "b/c.yaml": config("c"),
      };
      expect(await refusalOf(harness(program).render(files, "a"))).toEqual([
        "INVALID_ARGUMENT",
        'a/kustomization.yaml:10 helmCharts: Field "helmCharts": expected a kustomization without Helm charts, none is fetched',
        'a/kustomization.yaml:4 resources[0]: Missing file or folder "a/missing.yaml"',
        'a/kustomization.yaml:5 resources[1]: Place "../../outside.yaml" is outside of the repository',
        'a/kustomization.yaml:6 resources[2]: Remote "https://example.org/x.yaml": expected a place in this repository, nothing is fetched',
        'a/kustomization.yaml:7 resources[3]: Remote "github.com/example/repository//base?ref=v1": expected a place in this repository, nothing is fetched',
        'a/kustomization.yaml:8 resources[4]: Missing file "kustomization.yaml" in folder "b"',
        'a/kustomization.yaml:9 resources[5]: Cannot read "a/link.yaml": expected a file, a symlink is not followed',
      ]);
    });

    test("render() says which file kustomize could not read, with the line", async () => {
      const files = {
        "a/kustomization.yaml": kustomization("resources: [bad.yaml]\n"),
        "a/bad.yaml": `${config("x")}oops: [1\n`,
      };
      expect(await refusalOf(harness(program).render(files, "a"))).toEqual([
        "INVALID_ARGUMENT",
        "a/bad.yaml:6: YAML syntax error: flow sequence in block collection must be sufficiently indented and end with a ]",
      ]);
    });

    test("render() passes on what kustomize itself refuses, without a trace of the temporary folder", async () => {
      const files = {
        "a/kustomization.yaml": kustomization("resources: [c.yaml]\npatches: [{ path: p.yaml }]\n"),
        "a/c.yaml": config("c"),
        "a/p.yaml": config("none"),
      };
      const [code, message] = await refusalOf(harness(program).render(files, "a"));
      expect(code).toBe("INVALID_ARGUMENT");
      expect(message).toMatch(/^a\/[a-z]+\.yaml: Cannot build the kustomization: .*no matches for Id ConfigMap/);
      expect(message).not.toContain("drover-kustomize-");
    });

    test("render() refuses an unknown field of a kustomization", async () => {
      const files = { "a/kustomization.yaml": kustomization("resuorces: [c.yaml]\n") };
      const [code, message] = await refusalOf(harness(program).render(files, "a"));
      expect(code).toBe("INVALID_ARGUMENT");
      expect(message).toMatch(/^a\/kustomization.yaml: Cannot build the kustomization: .*resuorces/);
    });

    test("render() refuses to build a folder without a kustomization", async () => {
      const rendering = harness(program).render({ "a/c.yaml": config("c") }, "a", { renderer: "kustomize" });
      expect(await refusalOf(rendering)).toEqual([
        "INVALID_ARGUMENT",
        'a: Missing file "kustomization.yaml" in folder "a"',
      ]);
    });

    test("render() stops when the caller gives up", async () => {
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(harness(program).render(overlays, "apps/shop/overlays/dev", {}, signal)).rejects.toThrow("enough");
    });

    test("render() stops with the renderer as a whole", async () => {
      const signal = AbortSignal.abort(new Error("enough"));
      const { render } = harness(program, undefined, { signal });
      await expect(render(overlays, "apps/shop/overlays/dev")).rejects.toThrow("enough");
    });

    test("render() says what to install when there is no kustomize, and renders the rest", async () => {
      const { render } = harness(undefined, "/nonexistent");
      expect(await refusalOf(render(overlays, "apps/shop/overlays/dev"))).toEqual([
        "FAILED_PRECONDITION",
        "Cannot render with kustomize: neither kustomize nor kubectl is installed on the hub, install one or name its path",
      ]);
      expect(await render({ "p/a.yaml": config("a") }, "p")).toHaveLength(1);
    });

    test("render() says when the configured program does not work", async () => {
      expect(await refusalOf(harness("/nonexistent/kustomize").render(overlays, "apps/shop/overlays/dev"))).toEqual([
        "FAILED_PRECONDITION",
        'Cannot render with kustomize: "/nonexistent/kustomize" does not work: expected a program that may be executed',
      ]);
    });

    test("render() leaves no temporary folders behind", async () => {
      const own = async () => (await readdir(tmpdir())).filter((each) => each.startsWith("drover-kustomize-"));
      const before = new Set(await own());
      await harness(program).render(overlays, "apps/shop/overlays/dev");
      expect((await own()).filter((each) => !before.has(each))).toEqual([]);
    });
  });
}
