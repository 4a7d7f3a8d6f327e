import { LRUCache } from "lru-cache";
import type { Digest, Problem } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { BlobTable, FleetState } from "../desk/index.ts";
import { commitNamed } from "../git/index.ts";
import type { Cancellable, GitSource, Renderer, Revision } from "../ports.ts";
import { clusterContent } from "./cluster-content.ts";
import { buildEnvironmentContent, type EnvironmentContent } from "./environment-content.ts";
import type { EnvironmentRefresh } from "./environment-refresh.ts";
import type { FleetReader } from "./fleet-reader.ts";
import type { Repository } from "./repository.ts";

/** Content that clusters would get at a commit. Its contents can be sent until it is released. */
export interface Candidate {
  readonly revision: Revision;
  readonly clusters: ReadonlyMap<string, CandidateCluster>;
  release(): void;
}

export interface CandidateCluster {
  readonly root: Digest;
  /** By application: why the cluster would not get the commit's content of it. */
  readonly problems: ReadonlyMap<string, Problem>;
}

export interface Candidates {
  /**
   * Resolves and renders an environment at a commit (40 digits, or enough to tell it) for these clusters; nothing else changes.
   * NOT_FOUND for an unknown environment or commit, positioned errors when the commit cannot be read.
   */
  prepare(environment: string, revision: string, clusters: readonly string[], options: Cancellable): Promise<Candidate>;
}

/** Rendered commits that are kept for whoever asks again. */
const keptContents = 4;

export function createCandidates(dependencies: {
  readonly state: FleetState;
  readonly git: GitSource;
  readonly repository: Repository;
  readonly renderer: Renderer;
  readonly reader: FleetReader;
  readonly environments: EnvironmentRefresh;
  readonly blobs: BlobTable;
}): Candidates {
  const { state, git, repository, renderer, reader, environments, blobs } = dependencies;
  const kept = new LRUCache<string, { readonly basis: unknown; readonly content: EnvironmentContent }>({
    max: keptContents,
  });

  async function contentAt(
    name: string,
    revision: Revision,
    clusters: readonly string[],
    options: Cancellable,
  ): Promise<EnvironmentContent> {
    const resolution = reader.resolution();
    const environment = resolution?.fleet?.environments.find((each) => each.name === name);
    if (resolution?.fleet === undefined || environment === undefined) {
      throw new AppError("NOT_FOUND", `No such environment: "${name}"`);
    }
    const key = `${name} ${revision} ${[...clusters].sort().join(" ")}`;
    const known = kept.get(key);
    if (known?.basis === resolution) return known.content;
    const previous = environments.content(name);
    const content = await buildEnvironmentContent(
      { repository, renderer },
      {
        fleet: resolution.fleet,
        environment,
        revision,
        release: revision,
        clusters,
        previous,
        record: undefined,
        ...options,
      },
    );
    kept.set(key, { basis: resolution, content });
    return content;
  }

  return {
    async prepare(environment, revision, clusters, options) {
      const commit = await fetchedCommit(git, revision, options);
      const content = await contentAt(environment, commit, clusters, options);
      const retained: Digest[] = [];
      const found = new Map<string, CandidateCluster>();
      for (const cluster of clusters) {
        options.signal?.throwIfAborted();
        const { root, entries, contents } = await clusterContent(content, {
          name: cluster,
          labels: state.clusters.get(cluster)?.labels ?? {},
        });
        blobs.retain(root.digest, contents());
        retained.push(root.digest);
        const problems = new Map<string, Problem>();
        for (const { name, problems: all } of content.applications) {
          const [error] = all.filter(({ severity }) => severity === "error");
          if (error !== undefined) problems.set(name, error);
        }
        for (const { entry, problem } of entries) if (problem !== undefined) problems.set(entry.name, problem);
        const [whole] = content.problems.filter(({ severity }) => severity === "error");
        if (whole !== undefined) problems.set("", whole);
        found.set(cluster, { root: root.digest, problems });
      }
      return {
        revision: commit,
        clusters: found,
        release() {
          for (const root of retained.splice(0)) blobs.release(root);
        },
      };
    },
  };
}

/** What the mirror does not have is fetched. */
async function fetchedCommit(git: GitSource, revision: string, options: Cancellable): Promise<Revision> {
  try {
    return await commitNamed(git, revision, options);
  } catch (thrown) {
    if (toAppError(thrown).code !== "NOT_FOUND") throw thrown;
    await git.fetch(options);
    return commitNamed(git, revision, options);
  }
}
