import type { Clock } from "../../common/async/index.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { BlobTable, EnvironmentState, FleetState } from "../desk/index.ts";
import type { Rollouts } from "../drive/index.ts";
import type { Cancellable, GitSource, HubStore, JobQueue, Renderer } from "../ports.ts";
import type { Assigner } from "./assigner.ts";
import { type Candidates, createCandidates } from "./candidates.ts";
import { createEnvironmentRefresh } from "./environment-refresh.ts";
import { createFleetReader } from "./fleet-reader.ts";
import { createProblemLog } from "./problem-log.ts";
import { createRepository } from "./repository.ts";

export interface PipelineDependencies {
  readonly state: FleetState;
  readonly git: GitSource;
  readonly renderer: Renderer;
  readonly assigner: Assigner;
  readonly rollouts: Pick<Rollouts, "open" | "follow" | "drop">;
  readonly store: HubStore;
  readonly blobs: BlobTable;
  readonly jobs: JobQueue;
  /** Branch that fleet.yaml is read from. */
  readonly trunk: string;
  readonly pollMs: number;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * From a push to offers, in three kinds of jobs: fetch, then each environment, then each of its clusters. Every job can run at
 * any time, any number of times.
 */
export interface Pipeline {
  requestFetch(): Promise<void>;
  /** Resolves, renders and offers one environment anew. */
  requestEnvironment(name: string): Promise<void>;
  /** Brings the offers of a cluster to what its labels say. */
  requestAssign(cluster: string): Promise<void>;
  /** Content at other commits than those that are assigned. */
  readonly candidates: Candidates;
  /** Fetches at once and then every `pollMs`, until the signal aborts. */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
}

const repositoryKey = "repository";

export function createPipeline(dependencies: PipelineDependencies): Pipeline {
  const { state, git, assigner, jobs, clock, log } = dependencies;
  const repository = createRepository(git);
  const logProblems = createProblemLog(log);
  const reader = createFleetReader({ ...dependencies, repository, logProblems });
  const environments = createEnvironmentRefresh({ ...dependencies, repository, reader, logProblems });

  async function fetch(options: Cancellable): Promise<void> {
    const isOther = await reader.read(options);
    if (isOther) await dropEnvironments();
    for (const { name, branch } of state.fleet?.environments ?? []) {
      const known = state.environments.get(name);
      const settled = known !== undefined && known.revision === reader.branches().get(branch) && !hasErrors(known);
      if (isOther || !settled) await jobs.request("environment", name);
    }
    noteResolved();
  }

  async function dropEnvironments(): Promise<void> {
    const names = new Set(state.fleet?.environments.map(({ name }) => name));
    for (const name of [...state.environments.keys()].filter((each) => !names.has(each))) {
      const clusters = assigner.clustersOf(name);
      await environments.drop(name);
      log.info({ environment: name }, "environment left fleet.yaml: its objects stay as they are");
      for (const cluster of clusters) await requestAssign(cluster);
    }
  }

  async function assign(cluster: string): Promise<void> {
    await assigner.assign(cluster);
    // A selector that matched nothing may match now, or the other way round.
    for (const name of state.environments.keys()) {
      if (environments.isOutdated(name)) await jobs.request("environment", name);
    }
  }

  /** Agents are told which environments they belong to only once that is known for all. */
  function noteResolved(): void {
    state.resolved ||= state.fleet?.environments.every(({ name }) => state.environments.has(name)) ?? false;
  }

  const requestFetch = () => jobs.request("fetch", repositoryKey);
  const requestAssign = (cluster: string) => jobs.request("assign", cluster);

  jobs.handle("fetch", (_key, options) => fetch(options));
  jobs.handle("environment", async (name, options) => {
    await environments.refresh(name, options);
    noteResolved();
  });
  jobs.handle("assign", assign);

  return {
    candidates: createCandidates({ ...dependencies, repository, reader, environments }),
    requestFetch,
    requestEnvironment: (name) => jobs.request("environment", name),
    requestAssign,
    async run({ signal }) {
      try {
        for (;;) {
          await requestFetch();
          // Spread a little, so that many hubs do not ask one forge at the same moment.
          await clock.sleep(dependencies.pollMs * (0.9 + 0.2 * dependencies.random()), { signal });
        }
      } catch (thrown) {
        if (!signal.aborted) throw thrown;
      }
    },
  };
}

/** Some errors go away by themselves (a program that timed out, a branch that was created): look again at the next fetch. */
function hasErrors({ problems, applications }: EnvironmentState): boolean {
  return [...problems, ...[...applications.values()].flatMap((each) => each.problems)].some(
    ({ severity }) => severity === "error",
  );
}
