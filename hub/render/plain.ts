import type { Problem } from "../../common/domain/index.ts";
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
