import type { DocumentPath } from "../../common/schema/index.ts";
import type { TreeEntry } from "../ports.ts";
import { baseName, type RevisionTree } from "./revision-tree.ts";

const fileNames = new Set(["kustomization.yaml", "kustomization.yml", "Kustomization"]);

export function isKustomization({ path, mode }: TreeEntry): boolean {
  return mode !== "tree" && fileNames.has(baseName(path));
}

export function kustomizationsIn(tree: RevisionTree, folder: string): readonly TreeEntry[] {
  return tree.children(folder).filter(isKustomization);
}

/** A place that a kustomization, or a file that configures one of its plugins, refers to. */
export interface Reference {
  /** As it is written, relative to the kustomization's folder. */
  readonly target: string;
  /** Where in the document. */
  readonly path: DocumentPath;
  /** It may be a folder with a kustomization of its own. */
  readonly folder: boolean;
  /** The file may refer to further files. */
  readonly configures: boolean;
}

// Lists of places. Some may hold YAML instead of a place.
const placeLists: Readonly<Record<string, Pick<Reference, "folder" | "configures">>> = {
  resources: { folder: true, configures: false },
  bases: { folder: true, configures: false },
  components: { folder: true, configures: false },
  generators: { folder: true, configures: true },
  transformers: { folder: true, configures: true },
  validators: { folder: true, configures: true },
  crds: { folder: false, configures: false },
  configurations: { folder: false, configures: false },
  patchesStrategicMerge: { folder: false, configures: false },
  files: { folder: false, configures: false },
  envs: { folder: false, configures: false },
};
const singlePlaces = new Set(["path", "env"]);
// Sections whose entries refer to files by the fields above.
const sections = new Set([
  "patches",
  "patchesJson6902",
  "replacements",
  "openapi",
  "configMapGenerator",
  "secretGenerator",
]);

export function referencesIn(document: unknown, path: DocumentPath = []): readonly Reference[] {
  if (Array.isArray(document)) return document.flatMap((item, index) => referencesIn(item, [...path, index]));
  if (document === null || typeof document !== "object") return [];
  return Object.entries(document).flatMap(([field, value]: [string, unknown]): readonly Reference[] => {
    const at = [...path, field];
    if (sections.has(field)) return referencesIn(value, at);
    if (singlePlaces.has(field) && typeof value === "string") {
      return [{ target: value, path: at, folder: false, configures: false }];
    }
    const kind = placeLists[field];
    if (kind === undefined || !Array.isArray(value)) return [];
    return value.flatMap((item: unknown, index) =>
      typeof item !== "string" || item.includes("\n") || /^\s*(?:\{|[\w"']+:\s)/.test(item)
        ? []
        : [{ ...kind, target: field === "files" ? item.slice(item.indexOf("=") + 1) : item, path: [...at, index] }],
    );
  });
}

/** Whether kustomize would fetch it from elsewhere. */
export function isRemote(target: string): boolean {
  return (
    target.includes("://") ||
    target.includes("?ref=") ||
    /^[\w.-]+@[\w.-]+:/.test(target) ||
    /^(?:github\.com|gitlab\.com|bitbucket\.org)[/:]/.test(target)
  );
}
