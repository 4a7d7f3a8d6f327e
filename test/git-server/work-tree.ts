import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { git } from "./git-environment.ts";

/** A developer's clone, driven by the real git. */
export interface WorkTree {
  readonly dir: string;
  /** Writes the files (null deletes), commits on the current branch, pushes, and returns the commit. */
  commit(
    files: Readonly<Record<string, string | Buffer | null>>,
    message: string,
    options?: { readonly push?: boolean; readonly date?: string },
  ): Promise<string>;
  /** Goes to a branch; makes it, where it does not exist, at `from` or the present commit. */
  switchTo(branch: string, from?: string): Promise<void>;
  push(options?: { readonly force?: boolean }): Promise<void>;
  pull(): Promise<void>;
  deleteRemoteBranch(branch: string): Promise<void>;
  head(): Promise<string>;
  /** Any other git command; its trimmed standard output. */
  git(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Clones `url`; an empty repository begins with the branch `branch`. */
export async function createWorkTree(url: string, options: { readonly branch?: string } = {}): Promise<WorkTree> {
  const root = await mkdtemp(join(tmpdir(), "drover-work-tree-"));
  const dir = join(root, "clone");
  const home = join(root, "home");
  await mkdir(home);
  const run = (...args: string[]) => git(dir, home, args);
  await git(root, home, ["-c", `init.defaultBranch=${options.branch ?? "main"}`, "clone", "--quiet", url, dir]);
  const unborn = (await run("for-each-ref")) === "";
  if (unborn) await run("symbolic-ref", "HEAD", `refs/heads/${options.branch ?? "main"}`);

  const worktree: WorkTree = {
    dir,
    git: run,
    async commit(files, message, { push = true, date } = {}) {
      for (const [path, content] of Object.entries(files)) {
        const target = join(dir, path);
        if (content === null) await rm(target, { recursive: true, force: true });
        else {
          await mkdir(dirname(target), { recursive: true });
          await writeFile(target, content);
        }
      }
      await run("add", "--all");
      await run("commit", "--quiet", "--allow-empty", "-m", message, ...(date === undefined ? [] : ["--date", date]));
      if (push) await worktree.push();
      return worktree.head();
    },
    async switchTo(branch, from) {
      const exists = (await run("branch", "--list", branch)) !== "";
      await run("switch", "--quiet", ...(exists ? [branch] : ["-c", branch, ...(from === undefined ? [] : [from])]));
    },
    async push({ force = false } = {}) {
      await run("push", "--quiet", ...(force ? ["--force"] : []), "--set-upstream", "origin", "HEAD");
    },
    async pull() {
      await run("pull", "--quiet", "--ff-only");
    },
    async deleteRemoteBranch(branch) {
      await run("push", "--quiet", "origin", "--delete", branch);
    },
    head: () => run("rev-parse", "HEAD"),
    remove: () => rm(root, { recursive: true, force: true }),
  };
  return worktree;
}
