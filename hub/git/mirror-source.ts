import { rm } from "node:fs/promises";
import { LRUCache } from "lru-cache";
import { withDeadline } from "../../common/async/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { Branches, Commit, GitSource, NewFile, Revision, SignCommit } from "../ports.ts";
import {
  branchPrefix,
  hydrationNotesRef,
  type Mirror,
  MirrorDamaged,
  type NamedMove,
  notesRef,
  notesRefs,
  type OpenMirror,
  type Refs,
} from "./mirror.ts";
import { type MirrorFolder, openMirrorFolder } from "./mirror-folder.ts";
import { newTree } from "./new-tree.ts";
import { createNotes } from "./notes.ts";
import { encodeCommit, parseCommit, signatureOf, signedCommit } from "./object.ts";
import type { Remote } from "./remote.ts";
import { createSharedRun } from "./shared-run.ts";
import { createTreeReader } from "./tree-reader.ts";

export interface MirrorSourceOptions {
  readonly remote: Remote;
  readonly dir: string;
  readonly kind: string;
  readonly open: OpenMirror;
  readonly fetchTimeoutMs: number;
  readonly pushTimeoutMs: number;
  readonly sign: SignCommit | undefined;
  readonly log: Logger;
}

/** A GitSource over a mirror on disk: one fetch at a time, damage healed by cloning afresh, reads at any time. */
export async function createMirrorSource(options: MirrorSourceOptions): Promise<GitSource> {
  const { remote, log } = options;
  const folder = await openMirrorFolder(options.dir, remote.url, options.kind);
  const trees = createTreeReader();
  const doubted = new LRUCache<string, true>({ max: 1000 });
  /** "ancestor descendant": commits never change, so the answer never does. */
  const ancestry = new LRUCache<string, boolean>({ max: 10_000 });
  const closing = new AbortController();
  let { mirror, refs } = await openCurrent(folder, options.open);
  let branches = branchesOf(refs);
  let damaged = !(await isIntact(mirror, refs));
  /** Replaced by a fresh clone while reads may still be under way; gone at the next change or at the end. */
  let outdated: { readonly mirror: Mirror; readonly path: string } | undefined;

  const fetches = createSharedRun((signal) =>
    withDeadline(options.fetchTimeoutMs, `Cannot fetch from "${remote.url}"`, fetchOnce, { signal }),
  );

  async function fetchOnce(signal: AbortSignal): Promise<Branches> {
    if (damaged) return cloneAfresh(signal);
    const before = refs;
    try {
      take(await mirror.fetch(signal));
    } catch (thrown) {
      if (!(thrown instanceof MirrorDamaged)) throw thrown;
      log.warn({ url: remote.url, reason: thrown.message }, "the git mirror is damaged");
      return cloneAfresh(signal);
    }
    // At a quiet moment: nobody waits for a new commit.
    if (isSame(before, refs) && (await mirror.crowded())) await cloneAfresh(signal).catch(reportUncrowding);
    return branches;
  }

  function take(fetched: Refs): void {
    refs = fetched;
    branches = branchesOf(fetched);
  }

  function reportUncrowding(thrown: unknown): void {
    if (!closing.signal.aborted)
      log.warn({ url: remote.url, err: thrown }, "cannot replace the crowded git mirror yet");
  }

  async function cloneAfresh(signal: AbortSignal): Promise<Branches> {
    log.info({ url: remote.url }, "cloning the repository afresh");
    const path = await folder.prepare();
    let fresh: Mirror | undefined;
    try {
      fresh = await options.open(path);
      const fetched = await fresh.fetch(signal);
      await dropOutdated();
      outdated = { mirror, path: folder.path };
      await folder.publish(path);
      mirror = fresh;
      take(fetched);
      damaged = false;
      return branches;
    } catch (thrown) {
      await fresh?.close();
      await rm(path, { recursive: true, force: true });
      if (thrown instanceof MirrorDamaged) {
        throw new AppError("UNAVAILABLE", `Cannot fetch from "${remote.url}": ${thrown.message}`, { cause: thrown });
      }
      throw thrown;
    }
  }

  async function dropOutdated(): Promise<void> {
    const old = outdated;
    outdated = undefined;
    await old?.mirror.close();
    if (old !== undefined) await rm(old.path, { recursive: true, force: true });
  }

  /** Turns what goes wrong while reading into what the port promises. */
  async function reading<T>(doing: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    closing.signal.throwIfAborted();
    try {
      return await work();
    } catch (thrown) {
      if (signal?.aborted === true) throw signal.reason;
      if (thrown instanceof MirrorDamaged) {
        damaged = true;
        log.warn(
          { url: remote.url, reason: thrown.message },
          "the git mirror is damaged; the next fetch clones afresh",
        );
        const message = `${doing}: the mirror of "${remote.url}" is damaged (${thrown.message}): the next fetch repairs it`;
        throw new AppError("UNAVAILABLE", message, { cause: thrown });
      }
      throw toAppError(thrown, doing);
    }
  }

  async function push(moves: readonly NamedMove[], signal: AbortSignal | undefined): Promise<void> {
    await withDeadline(
      options.pushTimeoutMs,
      `Cannot push to "${remote.url}"`,
      (limited) => mirror.push(moves, limited),
      { signal: signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]) },
    );
    // Who writes notes goes on from what was written; the branches are followed by fetches alone.
    const notes = moves.filter(({ ref }) => notesRefs.includes(ref));
    if (notes.length > 0) refs = new Map([...refs, ...notes.map(({ ref, to }) => [ref, to] as const)]);
  }

  async function commitContent(revision: Revision, signal: AbortSignal | undefined): Promise<Buffer> {
    if (!/^[0-9a-f]{40}$/.test(revision)) {
      throw new AppError("INVALID_ARGUMENT", `Cannot read commit "${revision}": expected 40 hex digits`);
    }
    const [object] = await mirror.objects([revision], signal);
    if (object?.type === "commit") return object.content;
    throw new AppError("NOT_FOUND", `Cannot read commit ${revision}: "${remote.url}" has no such commit`);
  }

  async function readCommit(revision: Revision, signal: AbortSignal | undefined): Promise<Commit> {
    const { committedAt: _, ...commit } = parseCommit(revision, await commitContent(revision, signal));
    return commit;
  }

  async function writeTree(files: readonly NewFile[], signal: AbortSignal | undefined): Promise<string> {
    const { oid, objects } = newTree(files);
    const present = await mirror.objects(
      objects.map((each) => each.oid),
      signal,
    );
    const missing = objects.filter((_, index) => present[index] === undefined);
    await mirror.write(missing, signal);
    return oid;
  }

  const notesAt = (ref: string) =>
    createNotes({
      trees,
      mirror: () => mirror,
      tip: () => refs.get(ref),
      reading,
      push: (move, signal) => push([{ ref, ...move }], signal),
    });

  return {
    fetch: ({ signal } = {}) => fetches.join(signal),
    branches: () => branches,
    tree: (revision, path = "", { signal } = {}) =>
      reading(`Cannot list "${path}" of ${revision}`, signal, async () =>
        trees.list(mirror, (await readCommit(revision, signal)).tree, path, signal),
      ),
    blobs: (oids, { signal } = {}) =>
      reading("Cannot read files", signal, async () => {
        const wrong = oids.find((oid) => !/^[0-9a-f]{40}$/.test(oid));
        if (wrong !== undefined) throw new AppError("INVALID_ARGUMENT", `Cannot read blob "${wrong}": not an id`);
        const objects = await mirror.objects(oids, signal);
        return objects.map((object, index) => {
          if (object?.type === "blob") return object.content;
          const oid = oids[index] ?? "";
          // Either the caller made the id up or the mirror lost it; the next fetch finds out by cloning, once per id.
          if (object === undefined && !doubted.has(oid)) damaged = true;
          doubted.set(oid, true);
          throw new AppError("NOT_FOUND", `Cannot read blob ${oid}: there is no such blob`);
        });
      }),
    commit: (revision, { signal } = {}) => reading("Cannot read a commit", signal, () => readCommit(revision, signal)),
    log: (revision, { exclude, limit, signal }) =>
      reading("Cannot read the log", signal, async () => {
        await readCommit(revision, signal);
        if (exclude !== undefined) await readCommit(exclude, signal);
        const revisions = await mirror.log(revision, exclude, limit, signal);
        return Promise.all(revisions.map((each) => readCommit(each, signal)));
      }),
    isAncestor: (ancestor, descendant, { signal } = {}) =>
      reading("Cannot compare commits", signal, async () => {
        await Promise.all([readCommit(ancestor, signal), readCommit(descendant, signal)]);
        const pair = `${ancestor} ${descendant}`;
        const isAbove = ancestry.get(pair) ?? (await mirror.isAncestor(ancestor, descendant, signal));
        ancestry.set(pair, isAbove);
        return isAbove;
      }),
    signature: (revision, { signal } = {}) =>
      reading("Cannot read a commit's signature", signal, async () =>
        signatureOf(await commitContent(revision, signal)),
      ),
    makeCommit: (commit, { signal } = {}) =>
      reading("Cannot make a commit", signal, async () => {
        const { treeOf } = commit;
        const tree =
          typeof treeOf === "string" ? (await readCommit(treeOf, signal)).tree : await writeTree(treeOf, signal);
        await Promise.all(commit.parents.map((parent) => readCommit(parent, signal)));
        const unsigned = encodeCommit(tree, commit);
        const made =
          options.sign === undefined
            ? unsigned
            : signedCommit(unsigned, await options.sign(unsigned.content, { signal }));
        await mirror.write([made], signal);
        return made.oid;
      }),
    push: (branch, { from, to }, { signal, notes } = {}) =>
      reading(`Cannot push to "${remote.url}"`, signal, async () => {
        requireBranchName(branch);
        await readCommit(to, signal);
        if (from !== undefined) {
          await readCommit(from, signal);
          if (!(await mirror.isAncestor(from, to, signal))) {
            throw new AppError("ABORTED", `Cannot push to "${remote.url}": ${to} does not descend from ${from}`);
          }
        }
        const move = { ref: branchPrefix + branch, from, to };
        await push(notes === undefined ? [move] : [move, { ref: notesRef, ...notes }], signal);
      }),
    notes: notesAt(notesRef),
    hydrationNotes: notesAt(hydrationNotesRef),
    async close() {
      const reason = new AppError("UNAVAILABLE", `Cannot use the mirror of "${remote.url}": it is closed`);
      closing.abort(reason);
      await fetches.close(reason);
      await dropOutdated();
      await mirror.close();
    },
  };
}

/** A folder that can't even be opened is replaced by an empty one: the first fetch fills it. */
async function openCurrent(folder: MirrorFolder, open: OpenMirror): Promise<{ mirror: Mirror; refs: Refs }> {
  try {
    const mirror = await open(folder.path);
    return { mirror, refs: await mirror.refs() };
  } catch (thrown) {
    if (!(thrown instanceof MirrorDamaged)) throw thrown;
    const broken = folder.path;
    await folder.publish(await folder.prepare());
    await rm(broken, { recursive: true, force: true });
    return { mirror: await open(folder.path), refs: new Map() };
  }
}

function branchesOf(refs: Refs): Branches {
  const branches = [...refs].filter(([ref]) => ref.startsWith(branchPrefix));
  return new Map(branches.map(([ref, oid]) => [ref.slice(branchPrefix.length), oid]));
}

function isSame(a: Refs, b: Refs): boolean {
  return a.size === b.size && [...a].every(([name, oid]) => b.get(name) === oid);
}

/** Whether each tip and its root tree are there: a cheap look that finds lost packs. */
async function isIntact(mirror: Mirror, refs: Refs): Promise<boolean> {
  try {
    const tips = [...new Set(refs.values())];
    const commits = await mirror.objects(tips);
    const roots = commits.map((object, index) =>
      object?.type === "commit" ? parseCommit(tips[index] ?? "", object.content).tree : undefined,
    );
    if (roots.includes(undefined)) return false;
    const trees = await mirror.objects(roots.filter((root) => root !== undefined));
    return trees.every((tree) => tree?.type === "tree");
  } catch (thrown) {
    if (thrown instanceof MirrorDamaged) return false;
    throw thrown;
  }
}

/** The rules of git-check-ref-format, for names that reach a command line or a packet. */
function requireBranchName(branch: string): void {
  const wrong =
    branch === "" ||
    /[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^[/-]|[/.]$/.test(branch) ||
    branch.split("/").some((part) => part.startsWith(".") || part.endsWith(".lock"));
  if (wrong) throw new AppError("INVALID_ARGUMENT", `Cannot push to branch "${branch}": not a valid branch name`);
}
