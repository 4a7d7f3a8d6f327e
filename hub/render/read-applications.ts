import type { Cancellable, GitSource, Revision, TreeEntry } from "../ports.ts";
import { applicationFiles, foldersOf, resolveApplications } from "../resolve/index.ts";

/** What a commit describes. */
export interface DescribedApplications extends ReturnType<typeof resolveApplications> {
  /** The files that describe them. */
  readonly described: readonly TreeEntry[];
  /** Where objects may be rendered from. */
  readonly folders: ReadonlySet<string>;
}

/** `globs`: which files describe applications. */
export async function readApplications(
  git: Pick<GitSource, "tree" | "blobs">,
  revision: Revision,
  globs: readonly string[],
  options: Cancellable = {},
): Promise<DescribedApplications> {
  const entries = await git.tree(revision, "", options);
  const described = applicationFiles(globs, entries);
  const files = await readTexts(git, described, options);
  return { ...resolveApplications(files), described, folders: foldersOf(entries) };
}

/** In the order of the question. */
export async function readTexts(
  git: Pick<GitSource, "blobs">,
  files: readonly TreeEntry[],
  options: Cancellable = {},
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const blobs = await git.blobs(
    files.map(({ oid }) => oid),
    options,
  );
  return files.map(({ path }, index) => ({ path, text: blobs[index]?.toString("utf8") ?? "" }));
}
