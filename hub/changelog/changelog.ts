import type { ChangedFile, CommitSummary } from "../../common/domain/index.ts";
import { trailer, treeTrailer } from "../drive/index.ts";
import type { Commit, TreeEntry } from "../ports.ts";

const subjectLength = 200;

/** What people wrote: commits that the hub made to move a branch say nothing new. */
export function changelogOf(commits: readonly Commit[]): readonly CommitSummary[] {
  return commits
    .filter((commit) => trailer(commit, treeTrailer) === undefined)
    .map(({ revision, author, message }) => ({
      revision,
      subject: (message.split("\n")[0] ?? "").slice(0, subjectLength),
      author: author.name === "" ? author.email : author.name,
      at: author.at,
    }));
}

/** Sorted by path. */
export function changedFiles(before: readonly TreeEntry[], after: readonly TreeEntry[]): readonly ChangedFile[] {
  const files = (entries: readonly TreeEntry[]) =>
    new Map(entries.filter(({ mode }) => mode !== "tree").map((entry) => [entry.path, entry]));
  const [old, now] = [files(before), files(after)];
  const found: ChangedFile[] = [];
  for (const [path, { oid, mode }] of now) {
    const known = old.get(path);
    if (known === undefined) found.push({ path, change: "added" });
    else if (known.oid !== oid || known.mode !== mode) found.push({ path, change: "changed" });
  }
  for (const path of old.keys()) if (!now.has(path)) found.push({ path, change: "removed" });
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
