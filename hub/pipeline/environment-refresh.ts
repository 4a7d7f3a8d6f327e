import pLimit from "p-limit";
import { createKeyedLock } from "../../common/async/index.ts";
import type { Environment, Problem } from "../../common/domain/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import type { FleetState } from "../desk/index.ts";
import type { Cancellable, GitSource, HubStore, Renderer, Revision } from "../ports.ts";
import { environmentProblems, problemsOf } from "../resolve/index.ts";
import type { Assigner } from "./assigner.ts";
import {
  buildEnvironmentContent,
  type EnvironmentContent,
  type EnvironmentRecord,
  recordOf,
} from "./environment-content.ts";
import type { FleetReader } from "./fleet-reader.ts";
import type { ProblemLog } from "./problem-log.ts";
import type { Repository } from "./repository.ts";

/** Each writes its offer to the store before it is sent. */
const assignsAtOnce = 32;

/** Brings single environments to the tip of their branches. */
export interface EnvironmentRefresh {
  /** Resolves, renders and offers one environment. Idempotent. */
  refresh(name: string, options: Cancellable): Promise<void>;
  /** The environment left fleet.yaml: its clusters keep what they run. */
  drop(name: string): void;
  /** Its problems as they would be now, if they differ from those that are shown: it needs a refresh. */
  isOutdated(name: string): boolean;
  /** What its clusters are to run now. */
  content(name: string): EnvironmentContent | undefined;
}

export function createEnvironmentRefresh(dependencies: {
  readonly state: FleetState;
  readonly git: GitSource;
  readonly repository: Repository;
  readonly renderer: Renderer;
  readonly assigner: Assigner;
  readonly reader: FleetReader;
  readonly store: HubStore;
  readonly logProblems: ProblemLog;
}): EnvironmentRefresh {
  const { state, git, repository, renderer, assigner, reader, store, logProblems } = dependencies;
  const records = store.collection<EnvironmentRecord>("environments");
  const contents = new Map<string, EnvironmentContent>();
  const lock = createKeyedLock<string>();

  /** What is wrong with the branch and the selector of an environment. */
  function outerProblems(name: string): readonly Problem[] {
    const resolution = reader.resolution();
    if (resolution === undefined) return [];
    return environmentProblems(resolution, reader.branches().keys(), [...state.clusters.values()]).get(name) ?? [];
  }

  async function refresh(name: string, options: Cancellable): Promise<void> {
    const fleet = reader.resolution()?.fleet;
    const environment = fleet?.environments.find((each) => each.name === name);
    if (fleet === undefined || environment === undefined) return;
    const outer = outerProblems(name);
    const record = await records.get(name);
    const previous = contents.get(name);
    // Without its branch an environment stays where it was.
    const revision = reader.branches().get(environment.branch) ?? previous?.revision ?? record?.revision;
    let problems = outer;
    if (revision !== undefined) {
      try {
        const clusters = assigner.clustersOf(name);
        const request = { fleet, environment, revision, clusters, previous, record, ...options };
        const content = await buildEnvironmentContent({ repository, renderer }, request);
        problems = [...outer, ...content.problems];
        await records.set(name, recordOf(content));
        contents.set(name, content);
        assigner.setContent(name, content);
      } catch (thrown) {
        if (isAbort(thrown)) throw thrown;
        const error = toAppError(thrown, `Cannot resolve environment "${name}" at ${revision}`);
        problems = [...outer, ...problemsOf(error)];
      }
    }
    const atOnce = pLimit(assignsAtOnce);
    await Promise.all(assigner.clustersOf(name).map((cluster) => atOnce(() => assigner.assign(cluster))));
    // Last: who sees the new revision here sees clusters that are held against it.
    publish(environment, problems);
    await refreshPending(name);
    for (const downstream of fleet.environments) if (downstream.from === name) await refreshPending(downstream.name);
  }

  function publish(environment: Environment, problems: readonly Problem[]): void {
    const { name } = environment;
    const content = contents.get(name);
    const applications = new Map(
      (content?.applications ?? []).map((each) => [
        each.name,
        { name: each.name, revision: each.content?.revision, problems: each.problems },
      ]),
    );
    state.environments.set(name, {
      environment,
      revision: content?.revision,
      pending: undefined,
      applications,
      problems,
    });
    inFleetOrder();
    logProblems(name, [...problems, ...[...applications.values()].flatMap((each) => each.problems)]);
    state.announce({ kind: "environment", environment: name });
  }

  function inFleetOrder(): void {
    for (const { name } of state.fleet?.environments ?? []) {
      const known = state.environments.get(name);
      if (known === undefined) continue;
      state.environments.delete(name);
      state.environments.set(name, known);
    }
  }

  /** Newest commit that may be promoted: what the upstream environment runs, when that is ahead. */
  async function refreshPending(name: string): Promise<void> {
    const known = state.environments.get(name);
    const from = known?.environment.from;
    if (known === undefined || from === undefined) return;
    const upstream = state.environments.get(from)?.revision;
    const pending = upstream !== undefined && (await isAhead(upstream, known.revision)) ? upstream : undefined;
    const current = state.environments.get(name);
    if (current === undefined || current.pending === pending) return;
    state.environments.set(name, { ...current, pending });
    state.announce({ kind: "environment", environment: name });
  }

  async function isAhead(upstream: Revision, revision: Revision | undefined): Promise<boolean> {
    if (revision === undefined) return true;
    return upstream !== revision && (await git.isAncestor(revision, upstream));
  }

  return {
    refresh: (name, options) => lock.run(name, () => refresh(name, options)),
    drop(name) {
      state.environments.delete(name);
      contents.delete(name);
      assigner.setContent(name, undefined);
      state.announce({ kind: "environment", environment: name });
    },
    content: (name) => contents.get(name),
    isOutdated(name) {
      const problems = [...outerProblems(name), ...(contents.get(name)?.problems ?? [])];
      return JSON.stringify(problems) !== JSON.stringify(state.environments.get(name)?.problems);
    },
  };
}
