import { type FileHandle, open, rm } from "node:fs/promises";
import type { Digest } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";

/** Where in a pack a content is; no place: from here on it counts as removed. */
export interface PackRecord {
  readonly digest: Digest;
  readonly place: Place | undefined;
}

export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** A file of many contents, because creating a file for each would take longer than applying it. Written at its end only. */
export interface Pack {
  readonly bytes: number;
  /** Content undefined: removed. In order; one call at a time. After a failure the next one writes over what was begun. */
  append(records: readonly { readonly digest: Digest; readonly content: Buffer | undefined }[]): Promise<PackRecord[]>;
  /** Shorter when the file is. */
  read(place: Place): Promise<Buffer>;
  close(): Promise<void>;
  /** Closes it, too. */
  remove(): Promise<void>;
}

/** Before each content: its digest, then its length as a big-endian number. */
export const headBytes = 36;
const removed = 0xffff_ffff;
const windowBytes = 256 * 1024;

export async function createPack(path: string): Promise<Pack> {
  return packOf(path, await opened(path, "wx+"), 0);
}

/** What was written until the process or the machine died: a last record that is not whole is left out. */
export async function openPack(path: string): Promise<{ readonly pack: Pack; readonly records: PackRecord[] }> {
  const file = await opened(path, "r+");
  try {
    const { size } = await file.stat();
    const records: PackRecord[] = [];
    const window = Buffer.alloc(Math.min(size, windowBytes));
    let from = 0;
    let filled = 0;
    let at = 0;
    while (at + headBytes <= size) {
      if (at < from || at + headBytes > from + filled) {
        from = at;
        filled = (await file.read(window, 0, window.length, from)).bytesRead;
        if (filled < headBytes) break;
      }
      const digest = window.toString("hex", at - from, at - from + 32);
      const length = window.readUInt32BE(at - from + 32);
      const offset = at + headBytes;
      const place = length === removed ? undefined : { offset, length };
      const end = offset + (place?.length ?? 0);
      if (end > size) break;
      records.push({ digest, place });
      at = end;
    }
    return { pack: packOf(path, file, at), records };
  } catch (thrown) {
    await file.close();
    throw toAppError(thrown, `Cannot read "${path}"`);
  }
}

async function opened(path: string, flags: string): Promise<FileHandle> {
  try {
    return await open(path, flags, 0o600);
  } catch (thrown) {
    throw toAppError(thrown, `Cannot open "${path}"`);
  }
}

function packOf(path: string, file: FileHandle, end: number): Pack {
  let bytes = end;
  return {
    get bytes() {
      return bytes;
    },
    async append(records) {
      const parts: Buffer[] = [];
      const written: PackRecord[] = [];
      let at = bytes;
      for (const { digest, content } of records) {
        const head = Buffer.alloc(headBytes);
        head.write(digest, "hex");
        head.writeUInt32BE(content?.length ?? removed, 32);
        at += headBytes;
        written.push({ digest, place: content && { offset: at, length: content.length } });
        parts.push(head);
        if (content === undefined) continue;
        parts.push(content);
        at += content.length;
      }
      try {
        const all = Buffer.concat(parts);
        for (let done = 0; done < all.length; ) {
          done += (await file.write(all, done, all.length - done, bytes + done)).bytesWritten;
        }
      } catch (thrown) {
        throw toAppError(thrown, `Cannot write "${path}"`);
      }
      bytes = at;
      return written;
    },
    async read({ offset, length }) {
      try {
        const content = Buffer.alloc(length);
        const { bytesRead } = await file.read(content, 0, length, offset);
        return content.subarray(0, bytesRead);
      } catch (thrown) {
        throw toAppError(thrown, `Cannot read "${path}"`);
      }
    },
    close: () => file.close(),
    async remove() {
      await file.close();
      await rm(path, { force: true });
    },
  };
}
