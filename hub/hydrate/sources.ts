import { LRUCache } from "lru-cache";
import type { Cancellable, GitSource, Revision } from "../ports.ts";
import { metadataFile } from "../render/index.ts";
import { sourceIn } from "./metadata.ts";

/** The commit that a hydrated one was rendered from, by what its tree says; undefined for any other commit. */
export type SourceOf = (revision: Revision, options?: Cancellable) => Promise<Revision | undefined>;

/** The root tree has the answer, so a commit that merges or takes back a hydrated one has it too. */
export function createSourceOf(git: Pick<GitSource, "tree" | "blobs">): SourceOf {
  const known = new LRUCache<Revision, { readonly source: Revision | undefined }>({ max: 1_000 });
  return async (revision, options) => {
    const found = known.get(revision);
    if (found !== undefined) return found.source;
    const file = (await git.tree(revision, "", options)).find(
      ({ path, mode }) => path === metadataFile && mode === "file",
    );
    const [content] = file === undefined ? [] : await git.blobs([file.oid], options);
    const source = content === undefined ? undefined : sourceIn(content.toString("utf8"));
    known.set(revision, { source });
    return source;
  };
}
