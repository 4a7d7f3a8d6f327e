import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { AppError } from "../errors.ts";

interface Holder {
  readonly pid: number;
  /** Tells a process from a later one with its number: in a container every agent is process 1. "" where unknown. */
  readonly started: string;
  readonly host: string;
}

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Keeps other processes of a `program` ("agent", "hub") out of an existing directory until released. The lock of a process
 * that is gone is taken over, and so is one of another host: there it moved with its volume, and nobody can ask the old host.
 * @throws FAILED_PRECONDITION when a living process of this host holds it
 */
export async function lockDirectory(directory: string, program: string): Promise<DirectoryLock> {
  const lock = join(directory, "lock");
  const me: Holder = { pid: process.pid, started: startOf(process.pid), host: hostname() };
  const mine = join(directory, `lock.${randomUUID()}`);
  await writeFile(mine, JSON.stringify(me), { mode: 0o600 });
  try {
    // A hard link, unlike a rename, fails when the name is taken.
    while (!(await succeeds(link(mine, lock), "EEXIST"))) await bury(lock, directory, program);
  } finally {
    await rm(mine, { force: true });
  }
  let held = true;
  return {
    async release() {
      if (!held) return;
      held = false;
      if ((await textOf(lock)) === JSON.stringify(me)) await rm(lock, { force: true });
    },
  };
}

/** Removes the lock when its holder is gone. */
async function bury(lock: string, directory: string, program: string): Promise<void> {
  const text = await textOf(lock);
  if (text === undefined) return;
  const holder = parse(text);
  if (holder !== undefined && isAlive(holder)) {
    throw new AppError(
      "FAILED_PRECONDITION",
      `Cannot use directory "${directory}": process ${holder.pid} uses it; give each ${program} its own --data directory`,
      { details: { pid: holder.pid } },
    );
  }
  const grave = `${lock}.${randomUUID()}`;
  if (!(await succeeds(rename(lock, grave), "ENOENT"))) return;
  // Somebody else may have taken over in between: then what we moved away is theirs and goes back.
  if ((await textOf(grave)) !== text) await succeeds(link(grave, lock), "EEXIST");
  await rm(grave, { force: true });
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
  return startOf(holder.pid) === holder.started;
}

/** Clock tick at which the process started; "zombie" for one that has ended; "" where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the program's name, may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "zombie" : (fields[19] ?? "");
  } catch {
    return "";
  }
}

function parse(text: string): Holder | undefined {
  try {
    const { pid, started, host } = JSON.parse(text) as Partial<Holder>;
    if (typeof pid !== "number" || typeof started !== "string" || typeof host !== "string") return undefined;
    return { pid, started, host };
  } catch {
    return undefined;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
}

/** False when it failed with this code. */
async function succeeds(work: Promise<void>, code: string): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === code) return false;
    throw thrown;
  }
}
