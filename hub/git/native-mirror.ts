import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { constants } from "node:zlib";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { createCatFile } from "./cat-file.ts";
import { createGitProgram, type GitProgram } from "./git-process.ts";
import {
  branchPrefix,
  isFollowed,
  type Mirror,
  MirrorDamaged,
  type NamedMove,
  notesRefs,
  type OpenMirror,
  type Refs,
} from "./mirror.ts";
import { packOf } from "./pack.ts";
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

  async function refs(signal?: AbortSignal): Promise<Refs> {
    const args = ["for-each-ref", "--format=%(objectname) %(refname)", branchPrefix, ...notesRefs];
    const lines = (await must(git, args, folder, signal)).toString("utf8").split("\n").filter(Boolean);
    return new Map(
      lines.map((line) => [line.slice(41), line.slice(0, 40)] as const).filter(([ref]) => isFollowed(ref)),
    );
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
    refs: () => refs(),
    async fetch(signal) {
      await housekeeping;
      const args = ["fetch", "--quiet", "--prune", "--no-tags", "--no-auto-gc", "--no-write-fetch-head"];
      // The star makes it no error that there are no notes yet.
      const target = ["--", remote.url, ...[branchPrefix, ...notesRefs].map((ref) => `+${ref}*:${ref}*`)];
      let { code, stderr } = await git.run([...args, ...target], { cwd: folder, signal });
      if (code !== 0 && /\.lock': File exists/.test(stderr)) {
        // Nobody else writes here: the lock belongs to a git that was killed.
        await clearLeftovers(folder);
        ({ code, stderr } = await git.run([...args, ...target], { cwd: folder, signal }));
      }
      if (code !== 0) throw fetchError(remote, stderr);
      const fetched = await refs(signal);
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
    async write(objects, signal) {
      if (objects.length === 0) return;
      // One child and one wait for the disk, for any number of objects; packed for a moment, so as fast as can be.
      const options = { cwd: folder, signal, stdin: packOf(objects, constants.Z_BEST_SPEED) };
      const { code, stderr } = await git.run(["-c", "core.fsyncMethod=batch", "unpack-objects", "-q"], options);
      if (code !== 0) throw new MirrorDamaged(`git unpack-objects: ${lastWords(stderr)}`);
    },
    push: (moves, signal) => push(git, remote, folder, moves, signal),
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
  moves: readonly NamedMove[],
  signal: AbortSignal,
): Promise<void> {
  // The lease makes it a compare-and-swap; that it is a fast-forward was checked by the caller.
  const leases = moves.map(({ ref, from }) => `--force-with-lease=${ref}:${from ?? ""}`);
  const options = ["--porcelain", "--no-verify", ...(moves.length > 1 ? ["--atomic"] : [])];
  const args = ["push", ...options, ...leases, "--", remote.url, ...moves.map(({ ref, to }) => `${to}:${ref}`)];
  const { code, stdout, stderr } = await git.run(args, { cwd: folder, signal });
  const answers = [...stdout.toString("utf8").matchAll(/^(.)\t[^\t\n]*:(refs\/[^\t\n]*)\t(.*)$/gm)];
  const refused = answers.flatMap(([, flag, , summary = ""]) => (flag === "!" ? [summary] : []));
  // What fell with another one does not say why.
  const reason = refused.find((summary) => !/atomic (push|transaction)/i.test(summary)) ?? refused[0];
  if (reason !== undefined) {
    throw remoteError(remote, "push to", failureOfRejection(reason), `${reason} ${remoteWords(stderr)}`);
  }
  if (code !== 0) throw remoteError(remote, "push to", failureOfText(stderr), lastWords(stderr));
  const still = answers.filter(([, flag]) => flag === "=").map(([, , ref]) => ref);
  if (moves.some(({ ref, from, to }) => from !== to && still.includes(ref))) {
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
