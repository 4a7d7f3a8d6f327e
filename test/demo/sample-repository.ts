import fs from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { init, resolveRef, writeBlob, writeCommit, writeRef, writeTree } from "isomorphic-git";

type TreeItem = Parameters<typeof writeTree>[0]["tree"][number];

/**
 * Makes the bare repository `gitdir` from a folder, with one commit on `branches`; leaves one that is there as it is.
 * `edit` may change a file's text on the way.
 */
export async function ensureSampleRepository(
  gitdir: string,
  folder: string,
  branches: readonly [string, ...string[]],
  edit: (text: string, path: string) => string,
): Promise<void> {
  const [trunk] = branches;
  const at = { fs, gitdir };
  const exists = await resolveRef({ ...at, ref: trunk }).then(
    () => true,
    () => false,
  );
  if (exists) return;
  await init({ ...at, bare: true, defaultBranch: trunk });

  async function treeOf(path: string): Promise<string> {
    const tree: TreeItem[] = [];
    for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
      const child = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        tree.push({ mode: "040000", path: entry.name, oid: await treeOf(child), type: "tree" });
        continue;
      }
      const text = edit(await readFile(join(folder, child), "utf8"), child);
      const oid = await writeBlob({ ...at, blob: Buffer.from(text) });
      tree.push({ mode: "100644", path: entry.name, oid, type: "blob" });
    }
    return writeTree({ ...at, tree });
  }

  const person = {
    name: "Drover",
    email: "demo@drover.dev",
    timestamp: Math.floor(Date.now() / 1000),
    timezoneOffset: 0,
  };
  const commit = await writeCommit({
    ...at,
    commit: {
      tree: await treeOf(""),
      parent: [],
      author: person,
      committer: person,
      message: "Describe the sample fleet\n",
    },
  });
  // The trunk last: it says that the repository is complete.
  for (const branch of branches.toReversed()) {
    await writeRef({ ...at, ref: `refs/heads/${branch}`, value: commit, force: true });
  }
}
