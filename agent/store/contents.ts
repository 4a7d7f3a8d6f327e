import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestOf } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { AgentStore } from "../ports.ts";
import type { AtomicFiles } from "./atomic-files.ts";

export type Contents = Pick<AgentStore, "hasContent" | "content" | "saveContent" | "sweep">;

/** `folder/ab/abcdef…`: immutable, named by digest, verified when read; so none of them needs to reach the disk at once. */
export async function openContents(folder: string, files: AtomicFiles): Promise<Contents> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const known = new Set<Digest>();
  const folders = new Set<string>();
  for (const part of await readdir(folder)) {
    folders.add(part);
    for (const name of await readdir(join(folder, part))) known.add(name);
  }
  const pathOf = (digest: Digest) => join(folder, digest.slice(0, 2), digest);

  return {
    hasContent: (digest) => known.has(digest),
    async content(digest) {
      const content = known.has(digest) ? await files.read(pathOf(digest)) : undefined;
      if (content === undefined) {
        known.delete(digest);
        throw new AppError("NOT_FOUND", `Content ${digest} is not stored`);
      }
      if (digestOf(content) !== digest) {
        known.delete(digest);
        await files.remove(pathOf(digest));
        throw new AppError("INVALID_ARGUMENT", `Content ${digest} is damaged: removed, to be fetched again`);
      }
      return content;
    },
    async saveContent(digest, content) {
      if (known.has(digest)) return;
      if (digestOf(content) !== digest) {
        throw new AppError("INVALID_ARGUMENT", `Cannot store content ${digest}: the content has another digest`);
      }
      const part = digest.slice(0, 2);
      if (!folders.has(part)) await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
      folders.add(part);
      await files.write(pathOf(digest), content, { durable: false });
      known.add(digest);
    },
    async sweep(keep) {
      for (const digest of [...known].filter((candidate) => !keep.has(candidate))) {
        known.delete(digest);
        await files.remove(pathOf(digest));
      }
    },
  };
}
