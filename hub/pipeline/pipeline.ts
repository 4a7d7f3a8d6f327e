import pLimit from "p-limit";
import { type Clock, createKeyedLock } from "../../common/async/index.ts";
import type { Problem } from "../../common/domain/index.ts";
import { type AppError, isAbort, positioned, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { EnvironmentState, FleetState } from "../desk/index.ts";
import type { Branches, Cancellable, GitSource, HubStore, JobQueue, Renderer, Revision } from "../ports.ts";
import { environmentProblems, type FleetResolution, problemsOf, resolveFleet } from "../resolve/index.ts";
import type { Assigner } from "./assigner.ts";
import {
  buildEnvironmentContent,
  type EnvironmentContent,
  type EnvironmentRecord,
  recordOf,
} from "./environment-content.ts";
import { createRepository } from "./repository.ts";

export interface PipelineDependencies {
  readonly state: FleetState;
  readonly git: GitSource;
  readonly renderer: Renderer;
  readonly assigner: Assigner;
  readonly store: HubStore;
  readonly jobs: JobQueue;
  /** Branch that fleet.yaml is read from. */
  readonly trunk: string;
  readonly pollMs: number;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** From a push to offers: fetch, then each environment, then each of its clusters. Every step can run at any time, any number of times. */
export interface Pipeline {
  requestFetch(): Promise<void>;
  requestAssign(cluster: string): Promise<void>;
  /** Fetches at once and then every `pollMs`, until the signal aborts. */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
}

const repositoryKey = "repository";
/** Each writes its offer to the store before it is sent. */
const assignsAtOnce = 32;

export function createPipeline(dependencies: PipelineDependencies): Pipeline {
  const { state, git, renderer, assigner, store, jobs, trunk, clock, log } = dependencies;
  const repository = createRepository(git);
  const records = store.collection<EnvironmentRecord>("environments");
  const hub = store.collection<string>("hub");
  const contents = new Map<string, EnvironmentContent>();
  const environmentLock = createKeyedLock<string>();
  let resolution: FleetResolution | undefined;
  let branches: Branches = new Map();
  let fleetText: string | undefined | null = null;

  /** Problems that were logged already, by place: a problem is news once. */
  const logged = new Map<string, string>();

  function logProblems(place: string, problems: readonly Problem[]): void {
    const text = JSON.stringify(problems);
    if ((logged.get(place) ?? "[]") === text) return;
    logged.set(place, text);
    for (const { severity, message, position } of problems) {
      log[severity === "error" ? "error" : "warn"]({ place }, positioned(message, position));
    }
    if (problems.length === 0) log.info({ place }, "problems are solved");
  }

  async function fetch({ signal }: Cancellable): Promise<void> {
    try {
      branches = await git.fetch({ signal });
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      const error = toAppError(thrown, "Cannot fetch");
      // What the mirror has is still good; a hub that starts while the forge is down works from it.
      branches = git.branches();
      await readFleet({ signal }, error);
      return;
    }
    await readFleet({ signal }, undefined);
  }

  async function readFleet(options: Cancellable, fetchError: AppError | undefined): Promise<void> {
    const unreachable = fetchError === undefined ? [] : problemsOf(fetchError);
    const tip = branches.get(trunk);
    if (tip === undefined) {
      const missing: Problem = {
        severity: "error",
        message: `Branch "${trunk}" does not exist: expected the trunk, with fleet.yaml at its root`,
      };
      setFleetProblems(unreachable.length > 0 ? unreachable : [missing]);
      await useStoredFleet(options);
      return;
    }
    const text = await repository.fleetText(tip, options);
    if (text !== fleetText || resolution === undefined) {
      fleetText = text;
      const fresh = resolveFleet(text, trunk);
      if (fresh.fleet === undefined) {
        setFleetProblems([...unreachable, ...fresh.problems]);
        await useStoredFleet(options);
        // The last good fleet goes on with its branches.
        await requestEnvironments(false);
        return;
      }
      resolution = fresh;
      state.fleet = fresh.fleet;
      await hub.set("fleetRevision", tip);
      setFleetProblems([...unreachable, ...fresh.problems]);
      await dropEnvironments();
      await requestEnvironments(true);
      return;
    }
    setFleetProblems([...unreachable, ...(resolution.fleet === undefined ? [] : resolution.problems)]);
    await requestEnvironments(false);
  }

  function setFleetProblems(problems: readonly Problem[]): void {
    logProblems("fleet", problems);
    if (JSON.stringify(state.problems) === JSON.stringify(problems)) return;
    state.problems = problems;
    state.announce({ kind: "environment" });
  }

  /** After a restart with a fleet.yaml that cannot be used: the one that could, from Git. */
  async function useStoredFleet(options: Cancellable): Promise<void> {
    if (state.fleet !== undefined) return;
    const revision = await hub.get("fleetRevision");
    if (revision === undefined) return;
    try {
      const stored = resolveFleet(await repository.fleetText(revision, options), trunk);
      if (stored.fleet === undefined) return;
      resolution = stored;
      state.fleet = stored.fleet;
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      log.warn({ revision, err: toAppError(thrown) }, "cannot read the last good fleet.yaml");
    }
  }

  /** Environments that fleet.yaml no longer has: their clusters keep what they run. */
  async function dropEnvironments(): Promise<void> {
    const names = new Set(state.fleet?.environments.map(({ name }) => name));
    for (const name of state.environments.keys()) {
      if (names.has(name)) continue;
      state.environments.delete(name);
      contents.delete(name);
      assigner.setContent(name, undefined);
      log.info({ environment: name }, "environment left fleet.yaml: its objects stay as they are");
      state.announce({ kind: "environment", environment: name });
      for (const cluster of assigner.clustersOf(name)) await requestAssign(cluster);
    }
  }

  async function requestEnvironments(all: boolean): Promise<void> {
    for (const { name, branch } of state.fleet?.environments ?? []) {
      const known = state.environments.get(name);
      const settled = known !== undefined && known.revision === branches.get(branch) && !hasErrors(known);
      if (all || !settled) await jobs.request("environment", name);
    }
    noteResolved();
  }

  async function refreshEnvironment(name: string, options: Cancellable): Promise<void> {
    const fleet = state.fleet;
    const environment = fleet?.environments.find((each) => each.name === name);
    if (fleet === undefined || environment === undefined || resolution === undefined) return;
    const clusterNames = assigner.clustersOf(name);
    const known = environmentProblems(resolution, branches.keys(), [...state.clusters.values()]).get(name) ?? [];
    const record = await records.get(name);
    const previous = contents.get(name);
    // Without its branch an environment stays where it was.
    const revision = branches.get(environment.branch) ?? previous?.revision ?? record?.revision;
    let content = previous;
    let problems = known;
    if (revision !== undefined) {
      try {
        const request = { fleet, environment, revision, clusters: clusterNames, previous, record, ...options };
        content = await buildEnvironmentContent({ repository, renderer }, request);
        problems = [...known, ...content.problems];
        await records.set(name, recordOf(content));
        contents.set(name, content);
        assigner.setContent(name, content);
      } catch (thrown) {
        if (isAbort(thrown)) throw thrown;
        problems = [...known, ...problemsOf(toAppError(thrown, `Cannot resolve environment "${name}" at ${revision}`))];
      }
    }
    await publish(name, environment, content, problems);
    const atOnce = pLimit(assignsAtOnce);
    await Promise.all(assigner.clustersOf(name).map((cluster) => atOnce(() => assigner.assign(cluster))));
    for (const downstream of fleet.environments) {
      if (downstream.from === name) await refreshPending(downstream.name);
    }
    noteResolved();
  }

  async function publish(
    name: string,
    environment: EnvironmentState["environment"],
    content: EnvironmentContent | undefined,
    problems: readonly Problem[],
  ): Promise<void> {
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
    await refreshPending(name);
    state.announce({ kind: "environment", environment: name });
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

  function inFleetOrder(): void {
    for (const { name } of state.fleet?.environments ?? []) {
      const known = state.environments.get(name);
      if (known === undefined) continue;
      state.environments.delete(name);
      state.environments.set(name, known);
    }
  }

  /** Agents are told which environments they belong to only once that is known for all. */
  function noteResolved(): void {
    state.resolved ||= state.fleet?.environments.every(({ name }) => state.environments.has(name)) ?? false;
  }

  const requestFetch = () => jobs.request("fetch", repositoryKey);
  const requestAssign = (cluster: string) => jobs.request("assign", cluster);

  jobs.handle("fetch", (_key, options) => fetch(options));
  jobs.handle("environment", (name, options) => environmentLock.run(name, () => refreshEnvironment(name, options)));
  jobs.handle("assign", async (cluster) => {
    await assigner.assign(cluster);
    await noteMembership();
  });

  /** A selector that matched nothing may match now, or the other way round. */
  async function noteMembership(): Promise<void> {
    if (resolution === undefined) return;
    const found = environmentProblems(resolution, branches.keys(), [...state.clusters.values()]);
    for (const [name, known] of state.environments) {
      const content = contents.get(name);
      const problems = [...(found.get(name) ?? []), ...(content?.problems ?? [])];
      if (JSON.stringify(problems) !== JSON.stringify(known.problems)) await jobs.request("environment", name);
    }
  }

  return {
    requestFetch,
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
