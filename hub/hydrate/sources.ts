import { LRUCache } from "lru-cache";
import type { Environment } from "../../common/domain/index.ts";
import type { Cancellable, GitSource, Revision } from "../ports.ts";
import { metadataFile } from "../render/index.ts";
import { copiedSource } from "./copied-branch.ts";
import { sourceIn } from "./metadata.ts";

/** The trunk's commit that one of an environment's branch was made from; undefined for a pointer, and where none can be told. */
export type SourceOf = (
  revision: Revision,
  environment?: Environment,
  options?: Cancellable,
) => Promise<Revision | undefined>;

export function createSourceOf(git: GitSource): SourceOf {
  const known = new LRUCache<string, { readonly source: Revision | undefined }>({ max: 1_000 });

  /** The root tree has the answer, so a commit that merges or takes back a hydrated one has it too. */
  async function hydratedSource(revision: Revision, options: Cancellable | undefined): Promise<Revision | undefined> {
    const file = (await git.tree(revision, "", options)).find(
      ({ path, mode }) => path === metadataFile && mode === "file",
    );
    const [content] = file === undefined ? [] : await git.blobs([file.oid], options);
    return content === undefined ? undefined : sourceIn(content.toString("utf8"));
  }

  return async (revision, environment, options) => {
    const { branch, paths = [] } = environment?.promotion ?? {};
    const key = JSON.stringify([revision, branch, paths]);
    const found = known.get(key);
    if (found !== undefined) return found.source;
    const isCopied = environment !== undefined && branch === "copied";
    const source = isCopied
      ? await copiedSource(git, environment, revision, options)
      : await hydratedSource(revision, options);
    known.set(key, { source });
    return source;
  };
}
