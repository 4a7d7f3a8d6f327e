import { createHash, randomUUID } from "node:crypto";
import fs from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  deleteRef,
  indexPack,
  listBranches,
  listRefs,
  listTags,
  packObjects,
  readCommit,
  readObject,
  readTag,
  readTree,
  resolveRef,
  writeRef,
} from "isomorphic-git";

/** A bare repository on disk as a git server sees it, without the git program. */
export interface BareRepository {
  /** Full name → id, sorted; branches, tags and notes. */
  refs(): Promise<ReadonlyMap<string, string>>;
  /** Branch that HEAD names, "refs/heads/main". */
  head(): Promise<string>;
  has(oid: string): Promise<boolean>;
  /** Parents of a commit; undefined for what is no commit or not there. A tag stands for what it points to. */
  parents(oid: string): Promise<readonly string[] | undefined>;
  /** What the object consists of, itself included, parents left out; nothing that is in `seen`, and `seen` grows. */
  contents(oid: string, seen: Set<string>): Promise<string[]>;
  pack(oids: readonly string[]): Promise<Buffer>;
  /** Stores a pack. Throws when it is incomplete or damaged. */
  unpack(pack: Buffer): Promise<void>;
  /** Compare-and-swap of each, or of all of them or none. For each why not, or undefined when done. */
  update(moves: readonly RefChange[], isAtomic: boolean): Promise<readonly (string | undefined)[]>;
}

/** Undefined: does not exist. */
export interface RefChange {
  readonly ref: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export function openBareRepository(gitdir: string): BareRepository {
  let updates: Promise<unknown> = Promise.resolve();
  const cache = {};
  const at = { fs, gitdir, cache };

  const repository: BareRepository = {
    async refs() {
      const names = [
        ...(await listBranches(at)).map((name) => `refs/heads/${name}`),
        ...(await listTags(at)).map((name) => `refs/tags/${name}`),
        ...(await listRefs({ ...at, filepath: "refs/notes" })).map((name) => `refs/notes/${name}`),
      ].toSorted();
      const ids = await Promise.all(names.map((ref) => resolveRef({ ...at, ref })));
      return new Map(names.map((name, index) => [name, ids[index] ?? ""]));
    },
    head: () => resolveRef({ ...at, ref: "HEAD", depth: 2 }),
    async has(oid) {
      return readObject({ ...at, oid, format: "content" }).then(
        () => true,
        () => false,
      );
    },
    async parents(oid) {
      const object = await readObject({ ...at, oid, format: "content" }).catch(() => undefined);
      if (object?.type === "tag") return repository.parents((await readTag({ ...at, oid })).tag.object);
      return object?.type === "commit" ? (await readCommit({ ...at, oid })).commit.parent : undefined;
    },
    async contents(oid, seen) {
      const found: string[] = [];
      for (const stack = [oid]; stack.length > 0; ) {
        const next = stack.pop();
        if (next === undefined || seen.has(next)) continue;
        seen.add(next);
        found.push(next);
        const { type } = await readObject({ ...at, oid: next, format: "content" });
        if (type === "tag") stack.push((await readTag({ ...at, oid: next })).tag.object);
        if (type === "commit") stack.push((await readCommit({ ...at, oid: next })).commit.tree);
        if (type === "tree") {
          const { tree } = await readTree({ ...at, oid: next });
          for (const entry of tree) {
            if (entry.type === "tree") stack.push(entry.oid);
            else if (entry.type === "blob" && !seen.has(entry.oid)) {
              seen.add(entry.oid);
              found.push(entry.oid);
            }
          }
        }
      }
      return found;
    },
    async pack(oids) {
      if (oids.length === 0) return emptyPack();
      const { packfile } = await packObjects({ ...at, oids: [...oids], write: false });
      return Buffer.from(packfile ?? emptyPack());
    },
    async unpack(pack) {
      const trailer = pack.subarray(-20).toString("hex");
      const isWhole = createHash("sha1").update(pack.subarray(0, -20)).digest("hex") === trailer;
      if (pack.toString("latin1", 0, 4) !== "PACK" || !isWhole) throw new Error("the pack is incomplete");
      const count = pack.readUInt32BE(8);
      if (count === 0) return;
      const incoming = join(gitdir, "incoming");
      const name = randomUUID();
      await mkdir(incoming, { recursive: true });
      try {
        await writeFile(join(incoming, `${name}.pack`), pack);
        const { oids } = await indexPack({ ...at, dir: incoming, filepath: `${name}.pack` });
        if (oids.length !== count) throw new Error("the pack refers to objects that are not here");
        const packs = join(gitdir, "objects", "pack");
        await mkdir(packs, { recursive: true });
        await rename(join(incoming, `${name}.pack`), join(packs, `pack-${trailer}.pack`));
        await rename(join(incoming, `${name}.idx`), join(packs, `pack-${trailer}.idx`));
      } finally {
        for (const extension of ["pack", "idx"]) await rm(join(incoming, `${name}.${extension}`), { force: true });
      }
    },
    update(moves, isAtomic) {
      const result = updates.then(async () => {
        const reasons = await Promise.all(moves.map((each) => obstacle(repository, each)));
        const isRefused = isAtomic && reasons.some((reason) => reason !== undefined);
        if (isRefused) return reasons.map((reason) => reason ?? "atomic transaction failed");
        for (const [index, each] of moves.entries()) if (reasons[index] === undefined) await move(at, each);
        return reasons;
      });
      updates = result.catch(() => undefined);
      return result;
    },
  };
  return repository;
}

async function obstacle(repository: BareRepository, { ref, from, to }: RefChange): Promise<string | undefined> {
  if (!/^refs\/(heads|tags|notes)\/[^\0-\x20~^:?*[\\]+$/.test(ref) || /\.\.|\/\/|\.lock(\/|$)|\/\.|[./]$/.test(ref)) {
    return "funny refname";
  }
  const refs = await repository.refs();
  if (refs.get(ref) !== from) return "incorrect old value provided";
  if (to === undefined)
    return ref === (await repository.head()) ? "deletion of the current branch prohibited" : undefined;
  if (!(await repository.has(to))) return "missing necessary objects";
  const clash = [...refs.keys()].find((other) => other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`));
  return clash === undefined ? undefined : `'${clash}' exists; cannot create '${ref}'`;
}

async function move(at: { fs: typeof fs; gitdir: string }, { ref, to }: RefChange): Promise<void> {
  if (to === undefined) await deleteRef({ ...at, ref });
  else await writeRef({ ...at, ref, value: to, force: true });
}

function emptyPack(): Buffer {
  const header = Buffer.from("5041434b0000000200000000", "hex");
  return Buffer.concat([header, createHash("sha1").update(header).digest()]);
}
