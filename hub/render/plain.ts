import type { Problem } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { RenderedObject, TreeEntry } from "../ports.ts";
import { refuseAny } from "../resolve/index.ts";
import { isKustomization } from "./kustomization.ts";
import type { ParsedManifests } from "./manifest-yaml.ts";
import { baseName, type RevisionTree } from "./revision-tree.ts";

/**
 * Files with manifests below a folder. Left out: what is no YAML or JSON, Drover's own files, folders of other applications,
 * and hidden files and folders. Throws INVALID_ARGUMENT for what cannot be meant: links, submodules, and with `strict` folders that
 * are to be built by kustomize.
 */
export function plainFiles(tree: RevisionTree, folder: string, strict: boolean): readonly TreeEntry[] {
  const problems: Problem[] = [];
  const visit = (parent: string): TreeEntry[] =>
    tree.children(parent).flatMap((entry): TreeEntry[] => {
      const { path, mode } = entry;
      const name = baseName(path);
      if (name.startsWith(".")) return [];
      if (mode === "tree") {
        const children = tree.children(path);
        if (children.some((child) => baseName(child.path) === "application.yaml")) return [];
        if (strict && children.some((child) => isKustomization(child))) {
          const message = `Folder "${path}" has a kustomization: set spec.path to the folder to build, or "renderer: plain"`;
          problems.push({ severity: "error", message, position: { file: path } });
          return [];
        }
        return visit(path);
      }
      if (mode === "submodule" || (mode === "symlink" && isManifestFile(name))) {
        const message = `Cannot read "${path}": expected a file, a ${mode} is not followed`;
        problems.push({ severity: "error", message, position: { file: path } });
        return [];
      }
      return isManifestFile(name) && !isKustomization(entry) ? [entry] : [];
    });
  const files = visit(folder);
  refuseAny(problems);
  return files;
}

/** At the root of a tree that was rendered; GitOps Promoter and Argo CD's hydrator know it by this name. */
export const metadataFile = "hydrator.metadata";

/** The one file that holds a folder's objects after they were rendered. */
export function hydratedFile(folder: string): string {
  return folder === "" ? "manifest.yaml" : `${folder}/manifest.yaml`;
}

/** Throws NOT_FOUND where the folder was not rendered. */
export function hydratedEntry(tree: RevisionTree, folder: string): TreeEntry {
  const path = hydratedFile(folder);
  const entry = tree.entry(path);
  if (entry?.mode === "file") return entry;
  throw new AppError("NOT_FOUND", `Missing file "${path}": the folder was not rendered`, { position: { file: path } });
}

function isManifestFile(name: string): boolean {
  return /\.(?:ya?ml|json)$/.test(name) && name !== "application.yaml" && name !== "fleet.yaml";
}

/** All objects with their places. Throws INVALID_ARGUMENT with every problem of every file. */
export function gatherObjects(
  files: readonly { readonly path: string; readonly parsed: ParsedManifests }[],
): readonly RenderedObject[] {
  refuseAny(
    files.flatMap(({ path: file, parsed }) =>
      parsed.problems.map(({ message, line, path }): Problem => {
        const position = { file, line, ...(path === undefined || path === "" ? {} : { path }) };
        return { severity: "error", message, position };
      }),
    ),
  );
  return files.flatMap(({ path, parsed }) =>
    parsed.objects.map(({ manifest, line }) => ({ manifest, source: `${path}:${line}` })),
  );
}
