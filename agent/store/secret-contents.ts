import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type Digest, digestOf } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { AgentStore } from "../ports.ts";
import { createBatches } from "./batches.ts";
import type { AgentSecrets, StoredBytes } from "./secrets.ts";

export interface SecretContents extends Pick<AgentStore, "hasContent" | "content" | "saveContent" | "sweep"> {
  close(): Promise<void>;
}

/** Contents that were written together: `headBytes` and the content, one after the other, compressed as a whole. */
interface Pack {
  readonly stored: StoredBytes;
  readonly bytes: number;
  /** In memory for as long as that costs nothing. */
  cached: WeakRef<Buffer>;
}

interface Place {
  readonly pack: Pack;
  readonly offset: number;
  readonly length: number;
}

const headBytes = 36;
const maxPackBytes = 1024 * 1024;
/** Beyond this many, small ones are put together. */
const maxPacks = 32;
const smallPackBytes = 256 * 1024;

/** Contents in packs, as in a directory: what is saved at the same time is written at once. Packs are never changed. */
export async function openSecretContents(secrets: AgentSecrets): Promise<SecretContents> {
  const places = new Map<Digest, Place>();
  const packs = new Set<Pack>();
  const reading = new Map<Pack, Promise<Buffer>>();
  let sweeping: Promise<void> = Promise.resolve();
  const batches = createBatches<{ readonly digest: Digest; readonly content: Buffer }>({
    maxBytes: maxPackBytes,
    bytesOf: ({ content }) => headBytes + content.length,
    async write(batch) {
      const bytes = Buffer.concat(batch.flatMap(({ digest, content }) => [headOf(digest, content), content]));
      index(await secrets.writeBytes("pack", await promisify(gzip)(bytes)), bytes);
    },
  });

  for (const stored of await secrets.completeBytes("pack")) {
    try {
      index(stored, await promisify(gunzip)(await secrets.readBytes("pack", stored)));
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code !== "INVALID_ARGUMENT") throw thrown;
      await secrets.removeBytes("pack", stored);
    }
  }

  function index(stored: StoredBytes, bytes: Buffer): void {
    const pack: Pack = { stored, bytes: bytes.length, cached: new WeakRef(bytes) };
    packs.add(pack);
    for (let at = 0; at + headBytes <= bytes.length; ) {
      const length = bytes.readUInt32BE(at + 32);
      places.set(bytes.toString("hex", at, at + 32), { pack, offset: at + headBytes, length });
      at += headBytes + length;
    }
  }

  async function bytesOf(pack: Pack): Promise<Buffer> {
    const cached = pack.cached.deref();
    if (cached !== undefined) return cached;
    let read = reading.get(pack);
    if (read === undefined) {
      read = secrets
        .readBytes("pack", pack.stored)
        .then(promisify(gunzip))
        .then((bytes) => {
          pack.cached = new WeakRef(bytes);
          return bytes;
        })
        .finally(() => reading.delete(pack));
      reading.set(pack, read);
    }
    return read;
  }

  async function content(digest: Digest): Promise<Buffer> {
    const place = places.get(digest);
    if (place === undefined) throw new AppError("NOT_FOUND", `Content ${digest} is not stored`);
    try {
      const { offset, length } = place;
      const found = Buffer.from((await bytesOf(place.pack)).subarray(offset, offset + length));
      if (digestOf(found) === digest) return found;
    } catch (thrown) {
      // Anything but the bytes being wrong may be better in a moment.
      if (thrown instanceof AppError && thrown.code !== "INVALID_ARGUMENT") throw thrown;
    }
    for (const [each, { pack }] of places) if (pack === place.pack) places.delete(each);
    throw new AppError("INVALID_ARGUMENT", `Content ${digest} is damaged: removed, to be fetched again`);
  }

  async function tidy(): Promise<void> {
    const used = new Map([...packs].map((pack) => [pack, 0]));
    for (const { pack, length } of places.values()) used.set(pack, (used.get(pack) ?? 0) + headBytes + length);
    const wasteful = [...used].filter(([pack, bytes]) => bytes > 0 && bytes < pack.bytes / 2);
    const small = packs.size > maxPacks ? [...used].filter(([, bytes]) => bytes > 0 && bytes < smallPackBytes) : [];
    await rewrite(new Set([...wasteful, ...small].map(([pack]) => pack)));
    await removeUnused();
  }

  /** What a process that dies in between leaves twice does no harm. */
  async function rewrite(chosen: ReadonlySet<Pack>): Promise<void> {
    const digests = [...places].filter(([, { pack }]) => chosen.has(pack)).map(([digest]) => digest);
    const contents = await Promise.all(
      // Damaged: forgotten by reading it.
      digests.map(async (digest) => [digest, await content(digest).catch(() => undefined)] as const),
    );
    const found = contents.flatMap(([digest, bytes]) => (bytes === undefined ? [] : [[digest, bytes] as const]));
    await Promise.all(found.map(([digest, bytes]) => batches.add({ digest, content: bytes })));
  }

  async function removeUnused(): Promise<void> {
    const used = new Set([...places.values()].map(({ pack }) => pack));
    // Packs that come from now on are used.
    for (const pack of [...packs].filter((each) => !used.has(each))) {
      packs.delete(pack);
      const isShared = [...packs].some(({ stored }) => stored.id === pack.stored.id);
      if (!isShared) await secrets.removeBytes("pack", pack.stored);
    }
  }

  return {
    hasContent: (digest) => places.has(digest),
    content,
    async saveContent(digest, bytes) {
      if (places.has(digest)) return;
      if (digestOf(bytes) !== digest) {
        throw new AppError("INVALID_ARGUMENT", `Cannot store content ${digest}: the content has another digest`);
      }
      await batches.add({ digest, content: bytes });
    },
    sweep(keep) {
      for (const digest of places.keys()) if (!keep.has(digest)) places.delete(digest);
      sweeping = sweeping.catch(() => undefined).then(tidy);
      return sweeping;
    },
    async close() {
      await sweeping.catch(() => undefined);
      await batches.writing();
    },
  };
}

function headOf(digest: Digest, content: Buffer): Buffer {
  const head = Buffer.alloc(headBytes);
  head.write(digest, "hex");
  head.writeUInt32BE(content.length, 32);
  return head;
}
