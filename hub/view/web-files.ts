import { readdir, readFile } from "node:fs/promises";
import { extname } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { AppError } from "../../common/errors.ts";

export interface WebFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

/** The web UI as build.mjs made it. */
export interface WebFiles {
  /** The page; everything that it needs is an asset. */
  page(): Promise<WebFile>;
  /** By its name, which holds a hash of its content; undefined: no such file. */
  asset(name: string): Promise<WebFile | undefined>;
}

/** Beside the bundle, or where the bundle is made. */
const folders = ["./web/", "../../dist/web/"].map((path) => new URL(path, import.meta.url));

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Reads the files when somebody first asks, so that a hub that nobody looks at starts no later and keeps none of them. */
export function createWebFiles(): WebFiles {
  let loading: Promise<ReadonlyMap<string, WebFile>> | undefined;
  function files(): Promise<ReadonlyMap<string, WebFile>> {
    loading ??= load().catch((thrown: unknown) => {
      loading = undefined;
      throw thrown;
    });
    return loading;
  }
  return {
    async page() {
      const page = (await files()).get("index.html");
      if (page === undefined) {
        throw new AppError("FAILED_PRECONDITION", "The web UI is not built: run 'npm run build' in the checkout");
      }
      return page;
    },
    asset: async (name) => (name === "index.html" ? undefined : (await files()).get(name)),
  };
}

async function load(): Promise<ReadonlyMap<string, WebFile>> {
  for (const folder of folders) {
    const names = await readdir(folder).catch((): string[] => []);
    if (!names.includes("index.html")) continue;
    return new Map(await Promise.all(names.map(async (name) => [name, await read(new URL(name, folder))] as const)));
  }
  return new Map();
}

async function read(file: URL): Promise<WebFile> {
  const plain = await readFile(file);
  return {
    type: types[extname(file.pathname)] ?? "application/octet-stream",
    plain,
    gzipped: await promisify(gzip)(plain),
  };
}
