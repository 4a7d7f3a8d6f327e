import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Which of the repositories below `dir` is the current one. A fresh clone grows beside the old and becomes current by one rename,
 * so that a process that dies at any point leaves either the old or the new.
 */
export interface MirrorFolder {
  readonly path: string;
  /** An empty folder for a fresh clone. */
  prepare(): Promise<string>;
  /** From now on `path` is current. The one before is not deleted: it may still be read. */
  publish(path: string): Promise<void>;
}

interface Marker {
  readonly url: string;
  readonly kind: string;
  readonly folder: string;
}

/** A mirror of another URL, or one written by another implementation, is not reused. */
export async function openMirrorFolder(dir: string, url: string, kind: string): Promise<MirrorFolder> {
  await mkdir(dir, { recursive: true });
  const markerPath = join(dir, "mirror.json");

  const prepare = async () => {
    const path = join(dir, `repository-${randomUUID().slice(0, 8)}`);
    await mkdir(path);
    return path;
  };
  const publish = async (path: string) => {
    const marker: Marker = { url, kind, folder: path.slice(dir.length + 1) };
    await writeFile(`${markerPath}.new`, `${JSON.stringify(marker)}\n`);
    await rename(`${markerPath}.new`, markerPath);
    current = path;
  };

  const marker = await readMarker(markerPath);
  const usable = marker !== undefined && marker.url === url && marker.kind === kind;
  const names = (await readdir(dir)).filter((name) => name.startsWith("repository-"));
  const keep = usable ? names.find((name) => name === marker.folder) : undefined;
  for (const name of names) if (name !== keep) await rm(join(dir, name), { recursive: true, force: true });

  let current = join(dir, keep ?? "");
  if (keep === undefined) await publish(await prepare());
  return {
    get path() {
      return current;
    },
    prepare,
    publish,
  };
}

async function readMarker(path: string): Promise<Marker | undefined> {
  try {
    const { url, kind, folder } = JSON.parse(await readFile(path, "utf8")) as Partial<Marker>;
    if (url === undefined || kind === undefined || folder === undefined) return undefined;
    return { url, kind, folder };
  } catch {
    // None yet, or not readable: either way a fresh clone is the answer.
    return undefined;
  }
}
