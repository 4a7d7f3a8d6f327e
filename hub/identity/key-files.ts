import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { AppError } from "../../common/errors.ts";

/** Secrets in one directory: readable by their owner only, written as a whole or not at all. */
export interface KeyFiles {
  read(name: string): Promise<string | undefined>;
  write(name: string, content: string): Promise<void>;
}

export async function openKeyFiles(dir: string): Promise<KeyFiles> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return {
    async read(name) {
      try {
        return await readFile(join(dir, name), "utf8");
      } catch (thrown) {
        if ((thrown as { code?: unknown }).code === "ENOENT") return undefined;
        throw new AppError("FAILED_PRECONDITION", `Cannot read key file "${join(dir, name)}"`, { cause: thrown });
      }
    },
    write: (name, content) => writeFileAtomic(join(dir, name), content, { mode: 0o600 }),
  };
}
