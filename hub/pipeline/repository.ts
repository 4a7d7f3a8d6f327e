import { LRUCache } from "lru-cache";
import { AppError } from "../../common/errors.ts";
import type { Cancellable, GitSource, Revision, TreeEntry } from "../ports.ts";
import { readTexts } from "../render/index.ts";
import { applicationFiles, fleetFile, foldersOf } from "../resolve/index.ts";

/** What the pipeline reads of a commit; the listing of a commit is read once. */
export interface Repository {
  fleetText(revision: Revision, options?: Cancellable): Promise<string | undefined>;
  /** Files that describe applications, with their texts. */
  applicationFiles(
    revision: Revision,
    globs: readonly string[],
    options?: Cancellable,
  ): Promise<readonly { path: string; text: string }[]>;
  /** One file's text. NOT_FOUND. */
  text(revision: Revision, path: string, options?: Cancellable): Promise<string>;
  folders(revision: Revision, options?: Cancellable): Promise<ReadonlySet<string>>;
}

interface Listing {
  readonly entries: readonly TreeEntry[];
  readonly folders: ReadonlySet<string>;
}

/** A few environments are at different commits; more listings than that are not worth their memory. */
const listingsKept = 8;

export function createRepository(git: GitSource): Repository {
  const listings = new LRUCache<Revision, Listing>({ max: listingsKept });

  async function listing(revision: Revision, options?: Cancellable): Promise<Listing> {
    const known = listings.get(revision);
    if (known !== undefined) return known;
    const entries = await git.tree(revision, "", options);
    const fresh = { entries, folders: foldersOf(entries) };
    listings.set(revision, fresh);
    return fresh;
  }

  async function textOf(entry: TreeEntry, options?: Cancellable): Promise<string> {
    const [blob] = await git.blobs([entry.oid], options);
    if (blob === undefined) throw new AppError("NOT_FOUND", `Missing file "${entry.path}"`);
    return blob.toString("utf8");
  }

  const isFile = ({ mode }: TreeEntry) => mode === "file" || mode === "executable";

  return {
    async fleetText(revision, options) {
      const entry = (await listing(revision, options)).entries.find((each) => each.path === fleetFile && isFile(each));
      return entry === undefined ? undefined : textOf(entry, options);
    },
    async applicationFiles(revision, globs, options) {
      const files = applicationFiles(globs, (await listing(revision, options)).entries);
      return readTexts(git, files, options);
    },
    async text(revision, path, options) {
      const entry = (await listing(revision, options)).entries.find((each) => each.path === path && isFile(each));
      if (entry === undefined) throw new AppError("NOT_FOUND", `Missing file "${path}" at ${revision}`);
      return textOf(entry, options);
    },
    folders: async (revision, options) => (await listing(revision, options)).folders,
  };
}
