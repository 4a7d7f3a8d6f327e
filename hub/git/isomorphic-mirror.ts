import { createHash, randomUUID } from "node:crypto";
import fs from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTick } from "node:timers/promises";
import { indexPack, readObject as readGitObject, writeObject as writeGitObject } from "isomorphic-git";
import { LRUCache } from "lru-cache";
import { AppError } from "../../common/errors.ts";
import type { Revision } from "../ports.ts";
import { type CommitNode, walkIsAncestor, walkLog } from "./commit-walk.ts";
import { createGitHttp } from "./http.ts";
import { type Mirror, MirrorDamaged, type OpenMirror, type Refs } from "./mirror.ts";
import { type GitObject, parseCommit } from "./object.ts";
import { createOwnObjects } from "./own-objects.ts";
import type { Remote } from "./remote.ts";
import { createSmartHttp } from "./smart-http.ts";

/** Each fetch adds a pack and each read looks through all of them. */
const maxPacks = 50;
/** Inflated packs stay in memory for so long after the last read. */
const cacheIdleMs = 10_000;
const knownCommits = 50_000;
const maxHaves = 256;

/** Mirrors without the git program: HTTP and HTTPS only, slower, and with more memory. */
export function createIsomorphicMirrors(remote: Remote): OpenMirror {
  return async (folder) => {
    // What a killed fetch left behind was never referred to.
    await rm(join(folder, "incoming"), { recursive: true, force: true });
    await mkdir(join(folder, "incoming"));
    await mkdir(join(folder, "objects", "pack"), { recursive: true });
    return openIsomorphicMirror(remote, folder);
  };
}

function openIsomorphicMirror(remote: Remote, folder: string): Mirror {
  const http = createGitHttp(remote);
  const server = createSmartHttp(http, remote);
  const packs = join(folder, "objects", "pack");
  const commits = new LRUCache<string, CommitNode>({ max: knownCommits });
  const ownObjects = createOwnObjects(folder, objects);
  let cache: object = {};
  let forget: NodeJS.Timeout | undefined;

  async function objects(oids: readonly string[], signal?: AbortSignal): Promise<(GitObject | undefined)[]> {
    clearTimeout(forget);
    const found: (GitObject | undefined)[] = [];
    for (const [index, oid] of oids.entries()) {
      // Inflating is work of this very process: let the others have their turn.
      if (index % 32 === 31) await nextTick();
      signal?.throwIfAborted();
      found.push(await readObject(folder, oid, cache));
    }
    forget = setTimeout(() => {
      cache = {};
    }, cacheIdleMs);
    forget.unref();
    return found;
  }

  async function readNode(oid: string, signal?: AbortSignal): Promise<CommitNode | undefined> {
    const known = commits.get(oid);
    if (known !== undefined) return known;
    const [object] = await objects([oid], signal);
    if (object?.type !== "commit") throw new MirrorDamaged(`commit ${oid} is missing`);
    const { parents, committedAt } = parseCommit(oid, object.content);
    commits.set(oid, { parents, committedAt });
    return { parents, committedAt };
  }

  return {
    refs: () => readRefs(folder),
    async fetch(signal) {
      const haves = await recentCommits([...(await readRefs(folder)).values()], readNode);
      const update = async () => {
        const listed = await server.listRefs(signal);
        const tips = [...new Set(listed.values())];
        const present = await objects(tips, signal);
        const wants = tips.filter((_, index) => present[index] === undefined);
        if (wants.length > 0) await receivePack(folder, packs, server.fetchPack(wants, haves, signal), signal);
        const missing = (await objects(wants, signal)).findIndex((object) => object === undefined);
        if (missing !== -1) throw new MirrorDamaged(`the server did not send ${wants[missing]}`);
        await writeRefs(folder, listed);
        return listed;
      };
      // A branch that moved between the two requests: the server no longer offers the tip that it had listed.
      return update().catch((thrown: unknown) => {
        if (thrown instanceof AppError && /not our ref/.test(thrown.message)) return update();
        throw thrown;
      });
    },
    objects,
    log: (revision, exclude, limit, signal) => walkLog((oid) => readNode(oid, signal), revision, { exclude, limit }),
    isAncestor: (ancestor, descendant, signal) => walkIsAncestor((oid) => readNode(oid, signal), ancestor, descendant),
    async write(objects) {
      for (const { type, oid, content } of objects) {
        const written = await writeGitObject({ fs, gitdir: folder, type, object: content, format: "content" });
        if (written !== oid) throw new MirrorDamaged(`${type} ${oid} was written as ${written}`);
      }
    },
    push: async (moves, signal) => server.moveRefs(moves, await ownObjects(moves), signal),
    crowded: async () => (await readdir(packs)).filter((name) => name.endsWith(".idx")).length > maxPacks,
    async close() {
      clearTimeout(forget);
      await http.close();
    },
  };
}

async function readObject(folder: string, oid: string, cache: object): Promise<GitObject | undefined> {
  try {
    const { type, object } = await readGitObject({ fs, gitdir: folder, oid, format: "content", cache });
    return { type: type as GitObject["type"], content: Buffer.from(object as Uint8Array) };
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === "NotFoundError") return undefined;
    throw new MirrorDamaged(thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }
}

/**
 * Names of commits that we have, tips first: what the server need not send. Some of the history too, because a branch that was
 * moved by force may have left a tip that the server no longer knows.
 */
async function recentCommits(
  tips: readonly Revision[],
  read: (oid: string) => Promise<CommitNode | undefined>,
): Promise<readonly Revision[]> {
  const names = new Set(tips);
  for (const name of names) {
    if (names.size >= maxHaves) break;
    for (const parent of (await read(name))?.parents ?? []) names.add(parent);
  }
  return [...names].slice(0, maxHaves);
}

/** Pack, then its index, then (by the caller) the names: whatever is referred to is complete. */
async function receivePack(
  folder: string,
  packs: string,
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  const name = randomUUID();
  const incoming = join(folder, "incoming");
  try {
    const { count, sha } = await writePack(join(incoming, `${name}.pack`), chunks);
    if (count === 0) return;
    signal.throwIfAborted();
    const { oids } = await indexPack({
      fs,
      dir: incoming,
      gitdir: folder,
      filepath: `${name}.pack`,
      cache: {},
    }).catch((cause: unknown) => {
      throw new MirrorDamaged("the pack that was received cannot be read", { cause });
    });
    if (oids.length !== count) throw new MirrorDamaged(`only ${oids.length} of ${count} objects could be unpacked`);
    await rename(join(incoming, `${name}.pack`), join(packs, `pack-${sha}.pack`));
    await rename(join(incoming, `${name}.idx`), join(packs, `pack-${sha}.idx`));
  } finally {
    for (const extension of ["pack", "idx"]) await rm(join(incoming, `${name}.${extension}`), { force: true });
  }
}

async function writePack(path: string, chunks: AsyncIterable<Buffer>): Promise<{ count: number; sha: string }> {
  const hash = createHash("sha1");
  const file = await open(path, "w");
  let header: Buffer = Buffer.alloc(0);
  // The last 20 bytes are the hash over all before them.
  let tail: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of chunks) {
      if (header.length < 12) header = Buffer.concat([header, chunk]).subarray(0, 12);
      await file.write(chunk);
      const unhashed = Buffer.concat([tail, chunk]);
      const cut = Math.max(0, unhashed.length - 20);
      hash.update(unhashed.subarray(0, cut));
      tail = Buffer.from(unhashed.subarray(cut));
    }
  } finally {
    await file.close();
  }
  const sha = hash.digest("hex");
  if (header.length < 12 || sha !== tail.toString("hex")) {
    throw new AppError("UNAVAILABLE", "Cannot read the pack that the server sent: it is incomplete");
  }
  return { count: header.readUInt32BE(8), sha };
}

async function readRefs(folder: string): Promise<Refs> {
  try {
    return new Map(JSON.parse(await readFile(join(folder, "refs.json"), "utf8")) as [string, Revision][]);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw new MirrorDamaged("refs.json cannot be read", { cause: thrown });
  }
}

async function writeRefs(folder: string, refs: Refs): Promise<void> {
  const path = join(folder, "refs.json");
  await writeFile(`${path}.new`, `${JSON.stringify([...refs])}\n`);
  await rename(`${path}.new`, path);
}
