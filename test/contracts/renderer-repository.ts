import { createHash } from "node:crypto";
import type { TreeEntry } from "../../hub/ports.ts";

export type Files = Readonly<Record<string, string | { readonly mode: "symlink" | "submodule" }>>;

/** Commits in memory, with a count of what was read. */
export interface MemoryRepository {
  tree(revision: string): Promise<readonly TreeEntry[]>;
  blobs(oids: readonly string[]): Promise<readonly Buffer[]>;
  /** Adds a commit with exactly these files and returns its revision. */
  commit(files: Files): string;
  blobReads(): number;
}

export function createMemoryRepository(): MemoryRepository {
  const trees = new Map<string, readonly TreeEntry[]>();
  const contents = new Map<string, Buffer>();
  let reads = 0;
  return {
    commit(files) {
      const entries = new Map<string, TreeEntry>();
      for (const [path, file] of Object.entries(files)) {
        const content = Buffer.from(typeof file === "string" ? file : "");
        const oid = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
        contents.set(oid, content);
        entries.set(path, { path, oid, mode: typeof file === "string" ? "file" : file.mode });
        for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
          const folder = path.slice(0, at);
          entries.set(folder, { path: folder, oid: "0".repeat(40), mode: "tree" });
        }
      }
      const revision = String(trees.size + 1).padStart(40, "0");
      trees.set(
        revision,
        [...entries.values()].sort((left, right) => (left.path < right.path ? -1 : 1)),
      );
      return revision;
    },
    async tree(revision) {
      return trees.get(revision) ?? [];
    },
    async blobs(oids) {
      reads += oids.length;
      return oids.map((oid) => contents.get(oid) ?? Buffer.alloc(0));
    },
    blobReads: () => reads,
  };
}
