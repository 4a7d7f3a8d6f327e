import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { AppError } from "../../common/errors.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { type GitSourceOptions, openGitSource } from "../../hub/git/index.ts";
import type { GitSource } from "../../hub/ports.ts";
import { createWorkTree, type WorkTree } from "../git-server/index.ts";

export type Prefer = "native" | "isomorphic";

/** Something that serves repositories. `cloneUrl` is where a developer clones from. */
export interface RepositoryServer {
  createRepository(name: string): Promise<{ readonly url: string; readonly cloneUrl: string }>;
  stop(): Promise<void>;
}

/** Makes what a test needs; all of it ends with the test. */
export interface GitSourceFixture {
  readonly temporaryFolder: () => Promise<string>;
  readonly repository: <T extends RepositoryServer>(
    server: T,
  ) => Promise<Awaited<ReturnType<T["createRepository"]>> & { readonly work: WorkTree }>;
  readonly open: (url: string, options?: Partial<GitSourceOptions>) => Promise<GitSource>;
  readonly cleanUp: (work: () => Promise<unknown>) => void;
}

export function useGitSources(prefer: Prefer): GitSourceFixture {
  const cleanups: (() => Promise<unknown>)[] = [];
  let repositories = 0;

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });

  const fixture: GitSourceFixture = {
    async temporaryFolder() {
      const dir = await mkdtemp(join(tmpdir(), "drover-git-source-"));
      cleanups.push(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
      return dir;
    },
    async repository<T extends RepositoryServer>(server: T) {
      const created = await server.createRepository(`repository-${repositories++}`);
      const work = await createWorkTree(created.cloneUrl);
      cleanups.push(() => work.remove());
      return { ...(created as Awaited<ReturnType<T["createRepository"]>>), work };
    },
    async open(url, options = {}) {
      const dir = options.dir ?? (await fixture.temporaryFolder());
      const source = await openGitSource({ url, prefer, log: silentLogger(), ...options, dir });
      cleanups.push(() => source.close());
      return source;
    },
    cleanUp: (work) => void cleanups.push(work),
  };
  return fixture;
}

/** Path → content of all files of a revision. */
export async function texts(source: GitSource, revision: string): Promise<Record<string, string>> {
  const files = (await source.tree(revision)).filter((entry) => entry.mode !== "tree");
  const contents = await source.blobs(files.map((entry) => entry.oid));
  return Object.fromEntries(files.map((entry, index) => [entry.path, contents[index]?.toString() ?? ""]));
}

/** The AppError with which a call must fail. */
export async function failure(call: Promise<unknown>): Promise<AppError> {
  const thrown = await call.then(
    () => new Error("it succeeded"),
    (reason: unknown) => reason,
  );
  if (thrown instanceof AppError) return thrown;
  throw thrown;
}
