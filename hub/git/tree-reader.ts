import { LRUCache } from "lru-cache";
import { AppError } from "../../common/errors.ts";
import type { TreeEntry } from "../ports.ts";
import { type Mirror, MirrorDamaged } from "./mirror.ts";
import { parseTree } from "./object.ts";

/** Tree entries kept in memory, over all trees: a new revision shares most of its folders with the one before. */
const cachedEntries = 200_000;

export interface TreeReader {
  /** All entries below `path` of the tree `oid`, sorted by path; none where `path` is no folder. */
  list(mirror: Mirror, oid: string, path: string, signal?: AbortSignal): Promise<readonly TreeEntry[]>;
  /** Direct entries of each of these trees, `path` being the name only. */
  direct(
    mirror: Mirror,
    oids: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly TreeEntry[]>>;
}

export function createTreeReader(): TreeReader {
  const cache = new LRUCache<string, readonly TreeEntry[]>({
    maxSize: cachedEntries,
    sizeCalculation: (entries) => entries.length + 1,
  });

  async function trees(mirror: Mirror, oids: readonly string[], signal?: AbortSignal) {
    const found = new Map<string, readonly TreeEntry[]>();
    const missing = [...new Set(oids)].filter((oid) => {
      const cached = cache.get(oid);
      if (cached !== undefined) found.set(oid, cached);
      return cached === undefined;
    });
    const objects = missing.length === 0 ? [] : await mirror.objects(missing, signal);
    for (const [index, oid] of missing.entries()) {
      const object = objects[index];
      if (object?.type !== "tree") throw new MirrorDamaged(`tree ${oid} is missing`);
      const entries = parseTree(oid, object.content);
      cache.set(oid, entries);
      found.set(oid, entries);
    }
    return found;
  }

  async function descend(mirror: Mirror, root: string, parts: readonly string[], signal: AbortSignal | undefined) {
    let oid = root;
    for (const part of parts) {
      const found = await trees(mirror, [oid], signal);
      const entry = found.get(oid)?.find((candidate) => candidate.path === part);
      if (entry?.mode !== "tree") return undefined;
      oid = entry.oid;
    }
    return oid;
  }

  return {
    direct: trees,
    async list(mirror, oid, path, signal) {
      const parts = path.split("/").filter((part) => part !== "" && part !== ".");
      if (parts.includes("..")) {
        throw new AppError("INVALID_ARGUMENT", `Cannot list "${path}": it may not contain ".."`);
      }
      const start = await descend(mirror, oid, parts, signal);
      const all: TreeEntry[] = [];
      let level = start === undefined ? [] : [{ oid: start, prefix: parts.map((part) => `${part}/`).join("") }];
      while (level.length > 0) {
        const found = await trees(
          mirror,
          level.map((folder) => folder.oid),
          signal,
        );
        const next: typeof level = [];
        for (const folder of level) {
          for (const entry of found.get(folder.oid) ?? []) {
            const path = folder.prefix + entry.path;
            all.push({ ...entry, path });
            if (entry.mode === "tree") next.push({ oid: entry.oid, prefix: `${path}/` });
          }
        }
        level = next;
      }
      return all.sort((a, b) => (a.path < b.path ? -1 : 1));
    },
  };
}
