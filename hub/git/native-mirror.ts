import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { Branches, Revision } from "../ports.ts";
import { createCatFile } from "./cat-file.ts";
import { createGitProgram, type GitProgram } from "./git-process.ts";
import { type Mirror, MirrorDamaged, type OpenMirror } from "./mirror.ts";
import { type Remote, redact } from "./remote.ts";
import { failureOfRejection, failureOfText, remoteError } from "./remote-error.ts";

/** Mirrors kept by the git program: fast, small in memory, and speaks SSH. */
export function createNativeMirrors(remote: Remote, environment: NodeJS.ProcessEnv, log: Logger): OpenMirror {
  const git = createGitProgram(remote, environment);
  return async (folder) => {
    await clearLeftovers(folder);
    await must(git, ["init", "--quiet", "--bare", "--initial-branch=main", "."], folder, undefined);
    return openNativeMirror(git, remote, folder, log);
  };
}

function openNativeMirror(git: GitProgram, remote: Remote, folder: string, log: Logger): Mirror {
  const catFile = createCatFile(git, folder);
  const closing = new AbortController();
  let housekeeping: Promise<void> = Promise.resolve();
  /** Tips after the last fetch: where nothing is new, nothing is to be tidied. */
  let tidied = "";

  async function branches(signal?: AbortSignal): Promise<Branches> {
    const list = await must(git, ["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads"], folder, signal);
    const lines = list.toString("utf8").split("\n").filter(Boolean);
    return new Map(lines.map((line) => [line.slice(41 + "refs/heads/".length), line.slice(0, 40)]));
  }

  /** Packs are put together beside the reads, when git thinks that there are too many. */
  async function tidy(): Promise<void> {
    try {
      await git.run(["gc", "--auto", "--quiet"], { cwd: folder, signal: closing.signal });
    } catch (thrown) {
      if (!closing.signal.aborted) log.warn({ err: thrown }, "git gc failed");
    }
  }

  return {
    branches: () => branches(),
    async fetch(signal) {
      await housekeeping;
      const args = ["fetch", "--quiet", "--prune", "--no-tags", "--no-auto-gc", "--no-write-fetch-head"];
      const target = ["--", remote.url, "+refs/heads/*:refs/heads/*"];
      let { code, stderr } = await git.run([...args, ...target], { cwd: folder, signal });
      if (code !== 0 && /\.lock': File exists/.test(stderr)) {
        // Nobody else writes here: the lock belongs to a git that was killed.
        await clearLeftovers(folder);
        ({ code, stderr } = await git.run([...args, ...target], { cwd: folder, signal }));
      }
      if (code !== 0) throw fetchError(remote, stderr);
      const fetched = await branches(signal);
      const tips = [...fetched.values()].join();
      if (tips !== tidied) housekeeping = tidy();
      tidied = tips;
      return fetched;
    },
    objects: (oids, signal) => abortable(Promise.all(oids.map((oid) => catFile.read(oid))), signal),
    async log(revision, exclude, limit, signal) {
      const range = exclude === undefined ? [revision] : [revision, `^${exclude}`];
      const list = await must(git, ["rev-list", `--max-count=${limit}`, ...range, "--"], folder, signal);
      return list.toString("latin1").split("\n").filter(Boolean);
    },
    async isAncestor(ancestor, descendant, signal) {
      const args = ["merge-base", "--is-ancestor", ancestor, descendant];
      const { code, stderr } = await git.run(args, { cwd: folder, signal });
      if (code > 1 || code < 0) throw new MirrorDamaged(stderr.trim());
      return code === 0;
    },
    async writeCommit({ oid, content }, signal) {
      const options = { cwd: folder, signal, stdin: content };
      const { code, stdout, stderr } = await git.run(["hash-object", "-t", "commit", "-w", "--stdin"], options);
      if (code !== 0) throw new MirrorDamaged(`git hash-object: ${lastWords(stderr)}`);
      if (stdout.toString("latin1").trim() !== oid) throw new MirrorDamaged(`git gave commit ${oid} another id`);
    },
    push: (branch, from, to, signal) => push(git, remote, folder, { branch, from, to }, signal),
    crowded: () => Promise.resolve(false),
    async close() {
      closing.abort();
      await housekeeping;
      await catFile.close();
    },
  };
}

async function push(
  git: GitProgram,
  remote: Remote,
  folder: string,
  move: { readonly branch: string; readonly from: Revision | undefined; readonly to: Revision },
  signal: AbortSignal,
): Promise<void> {
  const ref = `refs/heads/${move.branch}`;
  // The lease makes it a compare-and-swap; that it is a fast-forward was checked by the caller.
  const lease = `--force-with-lease=${ref}:${move.from ?? ""}`;
  const args = ["push", "--porcelain", "--no-verify", lease, "--", remote.url, `${move.to}:${ref}`];
  const { code, stdout, stderr } = await git.run(args, { cwd: folder, signal });
  const [, flag, summary = ""] = /^(.)\t[^\t\n]*:refs\/heads\/[^\t\n]*\t(.*)$/m.exec(stdout.toString("utf8")) ?? [];
  if (flag === "!") {
    throw remoteError(remote, "push to", failureOfRejection(summary), `${summary} ${remoteWords(stderr)}`);
  }
  if (code !== 0) throw remoteError(remote, "push to", failureOfText(stderr), lastWords(stderr));
  if (flag === "=" && move.from !== move.to) {
    throw remoteError(remote, "push to", "race", "it is there already, moved by somebody else");
  }
}

const damage =
  /bad object|corrupt|unable to read|missing (blob|tree|commit|object)|not a valid object|not a git repository|unresolved delta|inflate|does not point to a valid object|did not send all necessary objects|cannot lock ref|bad (tree|pack)|index file/i;

function fetchError(remote: Remote, stderr: string): Error {
  // Lines of the server's side say nothing about our files.
  const local = stderr.replace(/^remote:.*$/gm, "");
  const failure = failureOfText(stderr);
  if (failure === "unreachable" && damage.test(local)) return new MirrorDamaged(redact(lastWords(local), remote));
  return remoteError(remote, "fetch from", failure, lastWords(stderr));
}

async function must(
  git: GitProgram,
  args: readonly string[],
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const { code, stdout, stderr } = await git.run(args, { cwd: folder, signal });
  if (code !== 0) throw new MirrorDamaged(`git ${args[0]}: ${lastWords(stderr)}`);
  return stdout;
}

/** Lock files and half packs of a git that was killed. Only one process ever uses the folder. */
async function clearLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true }).catch((thrown: unknown) => {
    throw new AppError("FAILED_PRECONDITION", `Cannot use the mirror folder "${folder}"`, { cause: thrown });
  });
  const stale = names.filter((name) => name.endsWith(".lock") || /^objects[/\\](.*[/\\])?tmp_[^/\\]*$/.test(name));
  await Promise.all(stale.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Git's stderr as one line, the newest and most telling words last. */
function lastWords(stderr: string): string {
  return stderr.trim().split("\n").slice(-4).join(" ");
}

function remoteWords(stderr: string): string {
  return (stderr.match(/^remote: .*$/gm) ?? []).join(" ");
}

function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const settle = () => signal.removeEventListener("abort", onAbort);
    work
      .then(resolve, reject)
      .finally(settle)
      .catch(() => undefined);
  });
}
