import pLimit from "p-limit";
import { type ClusterDiff, type DiffError, type DryRunQuestion, type Problem } from "../../common/domain/index.ts";
import { positioned, toAppError } from "../../common/errors.ts";
import type { Candidate } from "../pipeline/index.ts";
import type { ClusterDryRun, DryRunRequest, DryRunResult, InspectionOptions } from "../surfaces.ts";
import { askOnce } from "./ask.ts";
import type { InspectionDependencies } from "./dependencies.ts";
import { digestOfDiff, stateOf } from "./group.ts";
import { membersOf } from "./members.ts";

/** Clusters that are asked at a time. */
const askedAtOnce = 64;

/** Asks each cluster what applying would do: what is assigned now, or what it would get at another commit. */
export async function dryRun(
  dependencies: InspectionDependencies,
  request: DryRunRequest,
  { signal, answered }: InspectionOptions,
): Promise<DryRunResult> {
  const { candidates, state } = dependencies;
  const { environment, revision, application } = request;
  const members = membersOf(dependencies, environment, request.clusters);
  if (revision === undefined) {
    const assigned = state.environments.get(environment)?.revision;
    return { revision: assigned, clusters: await askAll(undefined) };
  }
  const candidate = await candidates().prepare(environment, revision, members, { signal });
  try {
    return { revision: candidate.revision, clusters: await askAll(candidate) };
  } finally {
    candidate.release();
  }

  async function askAll(at: Candidate | undefined): Promise<readonly ClusterDryRun[]> {
    const atOnce = pLimit(askedAtOnce);
    const shared = new Map<string, ClusterDiff>();
    let done = 0;
    answered?.(0, members.length);
    return Promise.all(
      members.map((cluster) =>
        atOnce(async () => {
          const found = await askCluster(cluster, at, shared);
          answered?.(++done, members.length);
          return found;
        }),
      ),
    );
  }

  async function askCluster(
    cluster: string,
    at: Candidate | undefined,
    shared: Map<string, ClusterDiff>,
  ): Promise<ClusterDryRun> {
    const problems = at === undefined ? assignedProblems(cluster) : (at.clusters.get(cluster)?.problems ?? new Map());
    const question: DryRunQuestion = {
      kind: "dry-run",
      environment,
      root: at?.clusters.get(cluster)?.root,
      applications: application === undefined ? [] : [application],
    };
    try {
      const answer = (await askOnce(dependencies, cluster, question, signal)) as ClusterDiff;
      const diff = withProblems(answer, problems, application);
      const digest = digestOfDiff(diff);
      // One copy for all clusters that say the same.
      const known = shared.get(digest) ?? diff;
      shared.set(digest, known);
      return { cluster, state: stateOf(diff), diff: known, reason: "" };
    } catch (thrown) {
      signal?.throwIfAborted();
      return { cluster, state: "unknown", diff: undefined, reason: toAppError(thrown).message };
    }
  }

  /** Why a cluster was not assigned the environment's commit. */
  function assignedProblems(cluster: string): ReadonlyMap<string, Problem> {
    const found = new Map<string, Problem>();
    for (const { name, problems } of state.environments.get(environment)?.applications.values() ?? []) {
      const error = problems.find(({ severity }) => severity === "error");
      if (error !== undefined) found.set(name, error);
    }
    const prefix = `${environment}/`;
    for (const [key, problem] of state.clusterProblems.get(cluster) ?? []) {
      if (key.startsWith(prefix)) found.set(key.slice(prefix.length), problem);
    }
    return found;
  }
}

/** The hub knows where in Git something is wrong; the agent only that it is. */
function withProblems(
  diff: ClusterDiff,
  problems: ReadonlyMap<string, Problem>,
  application: string | undefined,
): ClusterDiff {
  const own = [...problems]
    .filter(([name]) => application === undefined || name === "" || name === application)
    .map(([name, { message, position }]): DiffError => ({ application: name, message: positioned(message, position) }));
  const rest = diff.errors.filter((error) => error.object !== undefined || !problems.has(error.application));
  return { ...diff, errors: [...own, ...rest] };
}
