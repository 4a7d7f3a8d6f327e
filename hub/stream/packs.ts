import { LRUCache } from "lru-cache";
import type { Digest } from "../../common/domain/index.ts";
import { type BlobChunk, chunksOf, type EncodedBlob, hubMessage, maxChunkBytes } from "../../common/wire/index.ts";

/** Contents to send, in order. Streams that send the same list share the object, and with it the encoded messages. */
export interface ContentList {
  readonly digests: readonly Digest[];
}

/** Where in a list a stream is: the next digest, and the offset in its encoded bytes. */
export interface ListPosition {
  readonly index: number;
  readonly offset: number;
}

export interface Pack {
  readonly message: Buffer;
  /** Undefined: the list is done. */
  readonly next: ListPosition | undefined;
}

export interface Packer {
  /** The list of what `root` has and `base` has not; one object per pair. Undefined when `root` is unknown. */
  difference(root: Digest, base: Digest | undefined): ContentList | undefined;
  pack(list: ContentList, position: ListPosition): Pack;
}

export interface PackerOptions {
  readonly contentsOf: (root: Digest) => readonly Digest[] | undefined;
  readonly blob: (digest: Digest) => EncodedBlob | undefined;
  readonly cacheBytes: number;
}

/** Roughly what a chunk costs beside its data. */
const chunkOverhead = 96;

/** Turns lists of contents into messages of about one chunk each, encoded once however many streams send them. */
export function createPacker(options: PackerOptions): Packer {
  const { contentsOf, blob, cacheBytes } = options;
  const differences = new LRUCache<string, ContentList>({ max: 256 });
  const ids = new WeakMap<ContentList, number>();
  let lastId = 0;
  const packs = new LRUCache<string, Pack>({
    maxSize: cacheBytes,
    sizeCalculation: ({ message }) => message.length + 1,
  });

  function idOf(list: ContentList): number {
    const known = ids.get(list);
    if (known !== undefined) return known;
    ids.set(list, ++lastId);
    return lastId;
  }

  function encode(list: ContentList, position: ListPosition): Pack {
    const chunks: (BlobChunk | { digest: Digest; missing: true })[] = [];
    let room = maxChunkBytes;
    let { index, offset } = position;
    while (index < list.digests.length) {
      const digest = list.digests[index] as Digest;
      const content = blob(digest);
      const cost = chunkOverhead + (content === undefined ? 0 : content.bytes.length - offset);
      if (chunks.length > 0 && cost > room) break;
      if (content === undefined) {
        chunks.push({ digest, missing: true });
      } else {
        const first = chunksOf(content, Math.min(offset, content.bytes.length)).next().value as BlobChunk;
        chunks.push(first);
        offset = first.offset + first.data.length;
        if (offset < content.bytes.length) break;
      }
      room -= cost;
      index += 1;
      offset = 0;
    }
    const message = hubMessage.encode({ objects: { chunks } });
    return { message, next: index < list.digests.length ? { index, offset } : undefined };
  }

  return {
    difference(root, base) {
      const contents = contentsOf(root);
      if (contents === undefined) return undefined;
      // Without the base, only the agent knows what it lacks; the root lets it find out.
      const held = base === undefined ? [] : contentsOf(base);
      const key = `${root} ${base ?? ""} ${held === undefined ? "unknown" : "known"}`;
      const cached = differences.get(key);
      if (cached !== undefined) return cached;
      const has = new Set(held);
      const list = { digests: held === undefined ? [root] : contents.filter((digest) => !has.has(digest)) };
      differences.set(key, list);
      return list;
    },
    pack(list, position) {
      const key = `${idOf(list)} ${position.index} ${position.offset}`;
      const cached = packs.get(key);
      if (cached !== undefined) return cached;
      const pack = encode(list, position);
      packs.set(key, pack);
      return pack;
    },
  };
}
