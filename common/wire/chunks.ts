import { gunzipSync, gzipSync } from "node:zlib";
import { type Digest, digestOf } from "../domain/index.ts";
import { AppError } from "../errors.ts";

/** Content as it travels: compressed once per content, however many clusters receive it. */
export interface EncodedBlob {
  readonly digest: Digest;
  readonly encoding: "identity" | "gzip";
  readonly bytes: Buffer;
}

export const maxChunkBytes = 256 * 1024;
/** An uncompressed content above this is refused: etcd would refuse the object anyway, and a bomb must not fill the heap. */
export const maxBlobBytes = 64 * 1024 * 1024;

export function encodeBlob(content: Buffer): EncodedBlob {
  const digest = digestOf(content);
  // Below this size the gzip header eats the gain.
  if (content.length < 256) return { digest, encoding: "identity", bytes: content };
  const compressed = gzipSync(content, { level: 1 });
  return compressed.length < content.length
    ? { digest, encoding: "gzip", bytes: compressed }
    : { digest, encoding: "identity", bytes: content };
}

/** Gives back the content and proves that it is what the digest says. */
export function decodeBlob(blob: EncodedBlob): Buffer {
  let content: Buffer;
  try {
    content = blob.encoding === "gzip" ? gunzipSync(blob.bytes, { maxOutputLength: maxBlobBytes }) : blob.bytes;
  } catch (thrown) {
    throw new AppError("INVALID_ARGUMENT", `Cannot decompress content ${blob.digest}`, { cause: thrown });
  }
  if (digestOf(content) !== blob.digest) {
    throw new AppError("INVALID_ARGUMENT", `Content does not match its digest ${blob.digest}`);
  }
  return content;
}

export interface BlobChunk {
  readonly digest: Digest;
  readonly offset: number;
  readonly total: number;
  readonly data: Buffer;
  readonly encoding: string;
}

/** Chunks from `offset` on; an empty content is one empty chunk. */
export function* chunksOf(blob: EncodedBlob, offset = 0): Generator<BlobChunk> {
  const { digest, encoding, bytes } = blob;
  for (let at = offset; at === offset || at < bytes.length; at += maxChunkBytes) {
    yield { digest, offset: at, total: bytes.length, data: bytes.subarray(at, at + maxChunkBytes), encoding };
  }
}
