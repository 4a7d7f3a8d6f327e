import { closeSync, openSync, rmSync, statSync, utimes } from "node:fs";
import { until } from "./until.ts";

const staleMs = 30_000;

/**
 * Runs `work` while no other process on this machine holds `file`; calls `onWait` once when it has to wait. The holder touches the
 * file; one that has died stops doing so and loses it. An economy, not a guarantee: callers write atomically anyway.
 */
export async function withLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  if (!tryLock(file)) {
    onWait();
    await until(`the lock '${file}'`, () => tryLock(file) || undefined, { timeoutMs: 3_600_000, everyMs: 200 });
  }
  const touch = setInterval(() => {
    const now = new Date();
    // Nothing to touch: this process slept too long and lost the lock.
    utimes(file, now, now, () => {});
  }, staleMs / 6);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    rmSync(file, { force: true });
  }
}

function tryLock(file: string): boolean {
  try {
    closeSync(openSync(file, "wx"));
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
  }
  const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > staleMs) rmSync(file, { force: true });
  return false;
}
