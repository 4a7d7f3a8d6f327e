import type { Digest } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import { decodeBlob, maxBlobBytes } from "../../common/wire/index.ts";

export interface ReceivedChunk {
  readonly digest: Digest;
  readonly offset: number;
  readonly total: number;
  readonly data: Buffer;
  readonly encoding: string;
}

/** Contents of which a part has arrived; they outlive a connection, so that a transfer goes on where it was cut. */
export interface Partials {
  /** The content when this chunk completes it. INVALID_ARGUMENT (and the part forgotten) when it is not what the digest says. */
  add(chunk: ReceivedChunk): Buffer | undefined;
  /** How many encoded bytes of it are here: where to resume. */
  offsetOf(digest: Digest): number;
  clear(): void;
}

interface Partial {
  readonly total: number;
  readonly encoding: string;
  readonly parts: Buffer[];
  bytes: number;
}

export function createPartials(maxBytes: number = 2 * maxBlobBytes): Partials {
  const partials = new Map<Digest, Partial>();
  let bytesHeld = 0;

  function forget(digest: Digest): void {
    bytesHeld -= partials.get(digest)?.bytes ?? 0;
    partials.delete(digest);
  }

  function partialFor({ digest, total, encoding }: ReceivedChunk): Partial {
    const known = partials.get(digest);
    // The hub may have compressed it anew since.
    if (known !== undefined && known.total === total && known.encoding === encoding) return known;
    forget(digest);
    const fresh: Partial = { total, encoding, parts: [], bytes: 0 };
    partials.set(digest, fresh);
    return fresh;
  }

  return {
    add(chunk) {
      const { digest, offset, total, data, encoding } = chunk;
      if (encoding !== "identity" && encoding !== "gzip") {
        throw new AppError("INVALID_ARGUMENT", `Cannot decode content ${digest}: unknown encoding "${encoding}"`);
      }
      if (total > maxBlobBytes || offset + data.length > total) {
        forget(digest);
        throw new AppError(
          "INVALID_ARGUMENT",
          `Cannot accept content ${digest}: it is larger than allowed or announced`,
        );
      }
      const partial = partialFor(chunk);
      const overlap = partial.bytes - offset;
      // A gap: what is missing is asked for again, from where we are. Or nothing new.
      if (overlap < 0 || (overlap >= data.length && total > partial.bytes)) return undefined;
      const fresh = data.subarray(overlap);
      partial.parts.push(fresh);
      partial.bytes += fresh.length;
      bytesHeld += fresh.length;
      if (partial.bytes < total) {
        for (const [other] of partials) if (bytesHeld > maxBytes && other !== digest) forget(other);
        return undefined;
      }
      forget(digest);
      return decodeBlob({ digest, encoding, bytes: Buffer.concat(partial.parts) });
    },
    offsetOf: (digest) => partials.get(digest)?.bytes ?? 0,
    clear() {
      partials.clear();
      bytesHeld = 0;
    },
  };
}
