import { LRUCache } from "lru-cache";
import pLimit from "p-limit";
import { canonicalJson, digestOf } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type {
  Cancellable,
  GitSource,
  RenderedObject,
  Renderer,
  RenderRequest,
  Revision,
  Sources,
  TreeEntry,
} from "../ports.ts";
import { closureOf } from "./closure.ts";
import { kustomizationsIn } from "./kustomization.ts";
import { buildKustomization } from "./kustomize.ts";
import { findKustomize, type KustomizeProgram } from "./kustomize-program.ts";
import { type ParsedManifests, parseManifests } from "./manifest-yaml.ts";
import { createPacer } from "./pacer.ts";
import { gatherObjects, hydratedEntry, metadataFile, plainFiles } from "./plain.ts";
import { indexTree, type RevisionTree } from "./revision-tree.ts";

export interface RendererOptions {
  readonly git: Pick<GitSource, "tree" | "blobs">;
  /** kustomize or kubectl; undefined: the first found on `searchPath`. */
  readonly kustomize?: string | undefined;
  /** In the form of $PATH. */
  readonly searchPath: string;
  /** How many kustomize processes at a time. */
  readonly concurrency: number;
  /** Bound of what is remembered, in bytes of text. */
  readonly cacheBytes: number;
  /** Ends what is being rendered when the request itself does not say: results are shared, so requests seldom do. */
  readonly signal?: AbortSignal;
  readonly log: Logger;
}

/**
 * Renders plain manifests and kustomizations. The result is remembered by the ids of all files that went into it, so an
 * application that did not change costs neither a build nor the reading of a file, whatever the commit.
 */
export function createRenderer(options: RendererOptions): Renderer & Sources {
  const { git, log } = options;
  const limit = pLimit(options.concurrency);
  const trees = new LRUCache<Revision, Promise<RevisionTree>>({ max: 16 });
  const outputs = new LRUCache<string, readonly RenderedObject[]>({ maxSize: options.cacheBytes });
  const parsed = new LRUCache<string, ParsedManifests>({ maxSize: options.cacheBytes });
  const texts = new LRUCache<string, string>({ maxSize: options.cacheBytes });
  let program: Promise<KustomizeProgram> | undefined;

  function treeOf(revision: Revision): Promise<RevisionTree> {
    const known = trees.get(revision);
    if (known !== undefined) return known;
    const tree = git.tree(revision).then(indexTree);
    trees.set(revision, tree);
    tree.catch(() => trees.delete(revision));
    return tree;
  }

  /** Looked for again until it is found: it may be installed while the hub runs. */
  function kustomize(): Promise<KustomizeProgram> {
    program ??= findKustomize(options.kustomize, options.searchPath).then(
      (found) => {
        log.info({ program: found.file, version: found.version }, "renders with kustomize");
        return found;
      },
      (thrown: unknown) => {
        program = undefined;
        throw thrown;
      },
    );
    return program;
  }

  async function readText(entry: TreeEntry, cancellable: Cancellable): Promise<string> {
    const known = texts.get(entry.oid);
    if (known !== undefined) return known;
    const [content] = await git.blobs([entry.oid], cancellable);
    const text = content?.toString("utf8") ?? "";
    texts.set(entry.oid, text, { size: text.length + 1 });
    return text;
  }

  async function renderPlain(files: readonly TreeEntry[], cancellable: Cancellable) {
    const found = new Map<string, ParsedManifests>();
    for (const { oid } of files) {
      const known = parsed.get(oid);
      if (known !== undefined) found.set(oid, known);
    }
    const missing = [...new Set(files.map(({ oid }) => oid))].filter((oid) => !found.has(oid));
    const contents = missing.length === 0 ? [] : await git.blobs(missing, cancellable);
    const pause = createPacer();
    for (const [index, oid] of missing.entries()) {
      await pause();
      cancellable.signal?.throwIfAborted();
      const text = contents[index]?.toString("utf8") ?? "";
      const manifests = parseManifests(text);
      found.set(oid, manifests);
      parsed.set(oid, manifests, { size: text.length + 1 });
    }
    return gatherObjects(
      files.map(({ path, oid }) => ({ path, parsed: found.get(oid) ?? { objects: [], problems: [] } })),
    );
  }

  async function renderKustomize(folder: string, closure: readonly TreeEntry[], cancellable: Cancellable) {
    const found = await kustomize();
    const contents = await git.blobs(
      closure.map(({ oid }) => oid),
      cancellable,
    );
    const files = closure.map((entry, index) => ({ entry, content: contents[index] ?? Buffer.alloc(0) }));
    const started = performance.now();
    const objects = await buildKustomization(found, { folder, files }, cancellable);
    log.debug(
      { folder, objects: objects.length, ms: Math.round(performance.now() - started) },
      "built a kustomization",
    );
    return objects;
  }

  async function remembered(
    inputs: readonly unknown[],
    produce: () => Promise<readonly RenderedObject[]>,
  ): Promise<readonly RenderedObject[]> {
    const key = digestOf(canonicalJson(inputs));
    const known = outputs.get(key);
    if (known !== undefined) return known;
    const objects = await produce();
    const size = objects.reduce((total, { manifest }) => total + JSON.stringify(manifest).length, 1);
    outputs.set(key, objects, { size });
    return objects;
  }

  /** What goes into a rendering, and whether kustomize builds it. */
  async function inputsOf(
    { revision, path, renderer, hydrated }: RenderRequest,
    cancellable: Cancellable,
  ): Promise<{ readonly builds: boolean; readonly files: readonly TreeEntry[] }> {
    const tree = await treeOf(revision);
    if (tree.entry(path)?.mode !== "tree") {
      throw new AppError("NOT_FOUND", `Missing folder "${path}"`, { position: { file: path } });
    }
    if (hydrated && tree.entry(metadataFile) !== undefined) {
      return { builds: false, files: [hydratedEntry(tree, path)] };
    }
    const builds = renderer === "kustomize" || (renderer === "auto" && kustomizationsIn(tree, path).length > 0);
    if (!builds) return { builds, files: plainFiles(tree, path, renderer === "auto") };
    return { builds, files: await closureOf(tree, path, readText, cancellable) };
  }

  function cancellableOf(given: Cancellable): Cancellable {
    const signal = given.signal ?? options.signal;
    signal?.throwIfAborted();
    return signal === undefined ? {} : { signal };
  }

  return {
    async render(request, given = {}) {
      const cancellable = cancellableOf(given);
      const { builds, files } = await inputsOf(request, cancellable);
      if (!builds) return remembered(["plain", idsOf(files)], () => renderPlain(files, cancellable));
      const { version } = await kustomize();
      const inputs = ["kustomize", version, request.path, idsOf(files)];
      return remembered(inputs, () => limit(() => renderKustomize(request.path, files, cancellable)));
    },
    async sources(request, given = {}) {
      const { files } = await inputsOf(request, cancellableOf(given));
      return files.map(({ path }) => path);
    },
  };
}

function idsOf(files: readonly TreeEntry[]): readonly (readonly [path: string, oid: string])[] {
  return files.map(({ path, oid }) => [path, oid]);
}
