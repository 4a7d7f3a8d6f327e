import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of a folder of this checkout, also for code that was bundled into dist/. */
export function inCheckout(path: string): string {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, path)) && root !== dirname(root)) root = dirname(root);
  return join(root, path);
}
