import type { TreeEntry } from "../ports.ts";

/** The tree of one revision, indexed once for all applications. */
export interface RevisionTree {
  /** Undefined when there is nothing at `path`; the root ("") is a folder. */
  entry(path: string): TreeEntry | undefined;
  /** Direct children of a folder, sorted by path. */
  children(folder: string): readonly TreeEntry[];
}

export function indexTree(entries: readonly TreeEntry[]): RevisionTree {
  const byPath = new Map<string, TreeEntry>([["", { path: "", oid: "", mode: "tree" }]]);
  const byFolder = new Map<string, TreeEntry[]>();
  for (const entry of entries) {
    byPath.set(entry.path, entry);
    const folder = entry.path.slice(0, Math.max(0, entry.path.lastIndexOf("/")));
    const siblings = byFolder.get(folder);
    if (siblings === undefined) byFolder.set(folder, [entry]);
    else siblings.push(entry);
  }
  return { entry: (path) => byPath.get(path), children: (folder) => byFolder.get(folder) ?? [] };
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
