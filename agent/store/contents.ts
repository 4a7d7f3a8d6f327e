import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestOf } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { AgentStore } from "../ports.ts";
import { createBatches } from "./batches.ts";
import { createPack, headBytes, openPack, type Pack, type Place } from "./pack.ts";

export interface Contents extends Pick<AgentStore, "hasContent" | "content" | "saveContent" | "sweep"> {
  close(): Promise<void>;
}

interface Stored {
  readonly pack: Pack;
  readonly place: Place;
}

const maxPackBytes = 16 * 1024 * 1024;
const maxBatchBytes = 4 * 1024 * 1024;
/** Below this it is not worth the work. */
const minGarbageBytes = 1024 * 1024;
const copiedAtOnce = 64;

/**
 * `folder/1.pack`, `folder/2.pack` …: immutable contents, verified when read; so none of them needs to reach the disk at once.
 * What is saved at the same time is written at once. A pack that a former process wrote is only read.
 */
export async function openContents(folder: string): Promise<Contents> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stored = new Map<Digest, Stored>();
  const packs = new Set<Pack>();
  const numbers = (await readdir(folder)).flatMap((name) => /^(\d+)\.pack$/.exec(name)?.[1] ?? []).map(Number);
  for (const number of numbers.sort((a, b) => a - b)) {
    const { pack, records } = await openPack(pathOf(number));
    packs.add(pack);
    for (const { digest, place } of records) {
      if (place === undefined) stored.delete(digest);
      else stored.set(digest, { pack, place });
    }
  }
  let next = (numbers.at(-1) ?? 0) + 1;
  let current: Pack | undefined;
  let sweeping: Promise<void> = Promise.resolve();

  function pathOf(number: number): string {
    return join(folder, `${number}.pack`);
  }

  const batches = createBatches<{ readonly digest: Digest; readonly content: Buffer | undefined }>({
    maxBytes: maxBatchBytes,
    bytesOf: ({ content }) => content?.length ?? 0,
    async write(batch) {
      const pack = await packToWrite();
      for (const { digest, place } of await pack.append(batch)) {
        if (place !== undefined) stored.set(digest, { pack, place });
      }
    },
  });

  async function packToWrite(): Promise<Pack> {
    if (current !== undefined && current.bytes < maxPackBytes) return current;
    current = await createPack(pathOf(next++));
    packs.add(current);
    return current;
  }

  async function read(digest: Digest): Promise<Buffer> {
    const found = stored.get(digest);
    if (found === undefined) throw new AppError("NOT_FOUND", `Content ${digest} is not stored`);
    const content = await found.pack.read(found.place);
    if (digestOf(content) === digest) return content;
    if (stored.get(digest) === found) stored.delete(digest);
    throw new AppError("INVALID_ARGUMENT", `Content ${digest} is damaged: removed, to be fetched again`);
  }

  async function tidy(): Promise<void> {
    await removeEmpty();
    const bytes = [...packs].reduce((sum, pack) => sum + pack.bytes, 0);
    const used = [...stored.values()].reduce((sum, { place }) => sum + headBytes + place.length, 0);
    if (bytes - used > Math.max(used, minGarbageBytes)) await compact();
  }

  /** Copies what is used into a new pack. Copies of which only a part is done when the process dies do no harm. */
  async function compact(): Promise<void> {
    const writing = batches.writing();
    if (writing !== undefined) {
      await writing;
      return compact();
    }
    current = undefined;
    const digests = [...stored.keys()];
    for (let index = 0; index < digests.length; index += copiedAtOnce) {
      await Promise.all(digests.slice(index, index + copiedAtOnce).map(copy));
    }
    await removeEmpty();
  }

  async function copy(digest: Digest): Promise<void> {
    // Damaged: forgotten by reading it.
    const content = await read(digest).catch(() => undefined);
    if (content !== undefined) await batches.add({ digest, content });
  }

  async function removeEmpty(): Promise<void> {
    const used = new Set([...stored.values()].map(({ pack }) => pack));
    for (const pack of packs) {
      if (pack === current || used.has(pack)) continue;
      packs.delete(pack);
      await pack.remove();
    }
  }

  return {
    hasContent: (digest) => stored.has(digest),
    content: read,
    async saveContent(digest, content) {
      if (stored.has(digest)) return;
      if (digestOf(content) !== digest) {
        throw new AppError("INVALID_ARGUMENT", `Cannot store content ${digest}: the content has another digest`);
      }
      await batches.add({ digest, content });
    },
    sweep(keep) {
      const gone = [...stored.keys()].filter((digest) => !keep.has(digest));
      for (const digest of gone) stored.delete(digest);
      const marked = Promise.all(gone.map((digest) => batches.add({ digest, content: undefined })));
      sweeping = sweeping
        .catch(() => undefined)
        .then(() => marked)
        .then(tidy);
      return sweeping;
    },
    async close() {
      await sweeping.catch(() => undefined);
      await batches.writing();
      for (const pack of packs) await pack.close();
    },
  };
}
