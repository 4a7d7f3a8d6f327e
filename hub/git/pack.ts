import { createHash } from "node:crypto";
import { constants, deflateSync } from "node:zlib";
import type { GitObject } from "./object.ts";

/** "PACK", version 2, the number of objects, each with type and size before its deflated content, and the SHA-1 over that. `level`: zlib's. */
export function packOf(objects: readonly GitObject[], level: number = constants.Z_DEFAULT_COMPRESSION): Buffer {
  const head = Buffer.from("5041434b0000000200000000", "hex");
  head.writeUInt32BE(objects.length, 8);
  const packed = objects.flatMap(({ type, content }) => [
    packedHeader(type, content.length),
    deflateSync(content, { level }),
  ]);
  const parts = [head, ...packed];
  const pack = Buffer.concat(parts);
  return Buffer.concat([pack, createHash("sha1").update(pack).digest()]);
}

const packedTypes: Readonly<Record<GitObject["type"], number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** Type and size: four bits of it in the first byte, then seven each, the highest bit saying that more follow. */
function packedHeader(type: GitObject["type"], size: number): Buffer {
  const bytes: number[] = [];
  let byte = (packedTypes[type] << 4) | (size & 15);
  for (let rest = size >>> 4; rest > 0; rest >>>= 7) {
    bytes.push(byte | 128);
    byte = rest & 127;
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}
