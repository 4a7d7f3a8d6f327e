import type { Problem } from "../../common/domain/index.ts";
import { joinPath, parseYamlDocument, type YamlDocument } from "../../common/schema/index.ts";
import type { Cancellable, TreeEntry } from "../ports.ts";
import { refuseAny } from "../resolve/index.ts";
import { isRemote, kustomizationsIn, type Reference, referencesIn } from "./kustomization.ts";
import { parseManifests } from "./manifest-yaml.ts";
import type { RevisionTree } from "./revision-tree.ts";

/** Text of a blob, remembered by oid: an unchanged kustomization costs no read. */
export type ReadText = (entry: TreeEntry, options: Cancellable) => Promise<string>;

/**
 * Every file that building `folder` can read, sorted by path: the folder's kustomization and what it refers to, over and over.
 * Throws INVALID_ARGUMENT with all references that lead outside of the repository or nowhere.
 */
export async function closureOf(
  tree: RevisionTree,
  folder: string,
  readText: ReadText,
  options: Cancellable,
): Promise<readonly TreeEntry[]> {
  const files = new Map<string, TreeEntry>();
  const visited = new Set<string>();
  const problems: Problem[] = [];

  async function visit(parent: string, refuse: (message: string) => void): Promise<void> {
    if (visited.has(parent)) return;
    visited.add(parent);
    options.signal?.throwIfAborted();
    const [kustomization, other] = kustomizationsIn(tree, parent);
    if (kustomization === undefined) return refuse(`Missing file "kustomization.yaml" in folder "${parent}"`);
    if (other !== undefined) return refuse(`Two kustomizations in folder "${parent}": expected one`);
    if (kustomization.mode === "symlink") return refuse(`Cannot read "${kustomization.path}": links are not followed`);
    files.set(kustomization.path, kustomization);
    const document = parseYamlDocument(await readText(kustomization, options), kustomization.path);
    problems.push(...document.problems);
    problems.push(...helmProblems(document));
    for (const reference of referencesIn(document.value)) {
      const report = (message: string) => {
        problems.push({ severity: "error", message, position: document.locate(reference.path) });
      };
      await follow(reference, parent, report);
    }
  }

  async function follow(reference: Reference, parent: string, refuse: (message: string) => void): Promise<void> {
    const { target } = reference;
    const path = joinPath(parent, target);
    const entry = path === undefined ? undefined : tree.entry(path);
    if (entry === undefined) {
      if (isRemote(target))
        return refuse(`Remote "${target}": expected a place in this repository, nothing is fetched`);
      if (path === undefined) return refuse(`Place "${target}" is outside of the repository`);
      return refuse(`Missing ${reference.folder ? "file or folder" : "file"} "${path}"`);
    }
    if (entry.mode === "symlink" || entry.mode === "submodule") {
      return refuse(`Cannot read "${entry.path}": expected a file, a ${entry.mode} is not followed`);
    }
    if (entry.mode === "tree") {
      return reference.folder ? visit(entry.path, refuse) : refuse(`Expected a file: "${entry.path}" is a folder`);
    }
    files.set(entry.path, entry);
    if (!reference.configures) return undefined;
    // Files of a plugin's configuration are relative to the kustomization, not to the configuration.
    for (const { manifest } of parseManifests(await readText(entry, options)).objects) {
      for (const inner of referencesIn(manifest)) {
        const innerPath = joinPath(parent, inner.target);
        const file = innerPath === undefined ? undefined : tree.entry(innerPath);
        if (file?.mode === "file" || file?.mode === "executable") files.set(file.path, file);
      }
    }
    return undefined;
  }

  await visit(folder, (message) => {
    problems.push({ severity: "error", message, position: { file: folder } });
  });
  refuseAny(problems);
  return [...files.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
}

function helmProblems({ value, locate }: YamlDocument): Problem[] {
  return ["helmCharts", "helmChartInflationGenerator"]
    .filter((field) => value !== null && typeof value === "object" && Object.hasOwn(value, field))
    .map((field) => ({
      severity: "error",
      message: `Field "${field}": expected a kustomization without Helm charts, none is fetched`,
      position: locate([field]),
    }));
}
