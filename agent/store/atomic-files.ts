import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { createKeyedLock } from "../../common/async/index.ts";
import { toAppError } from "../../common/errors.ts";

/** Whole files, replaced in one step: a reader, or a restart after SIGKILL, sees the old one or the new one. */
export interface AtomicFiles {
  /** Undefined when there is none. */
  read(path: string): Promise<Buffer | undefined>;
  /** Writes to one path happen in the order of their calls. `durable`: it also survives a power failure. */
  write(path: string, content: string | Uint8Array, options: { readonly durable: boolean }): Promise<void>;
  remove(path: string): Promise<void>;
}

/** Unfinished files live in `directory/tmp`, which is emptied first. Needs the directory for itself. */
export async function openAtomicFiles(directory: string): Promise<AtomicFiles> {
  const temporary = join(directory, "tmp");
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const locks = createKeyedLock<string>();

  async function inOrder(path: string, doing: string, work: () => Promise<void>): Promise<void> {
    try {
      await locks.run(path, work);
    } catch (thrown) {
      throw toAppError(thrown, `Cannot ${doing} "${path}"`);
    }
  }

  return {
    async read(path) {
      try {
        return await readFile(path);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw toAppError(thrown, `Cannot read "${path}"`);
      }
    },
    write: (path, content, { durable }) =>
      inOrder(path, "write", async () => {
        const unfinished = join(temporary, randomUUID());
        const file = await open(unfinished, "wx", 0o600);
        try {
          await file.writeFile(content);
          if (durable) await file.sync();
        } catch (thrown) {
          await rm(unfinished, { force: true });
          throw thrown;
        } finally {
          await file.close();
        }
        await rename(unfinished, path);
      }),
    remove: (path) => inOrder(path, "remove", () => rm(path, { force: true })),
  };
}
