import pLimit from "p-limit";
import { createKeyedLock } from "../../common/async/index.ts";
import type { Environment, Fleet, Problem } from "../../common/domain/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { type FleetState, suspensionOf } from "../desk/index.ts";
import type { Rollouts } from "../drive/index.ts";
import { createSourceOf } from "../hydrate/index.ts";
import type { Cancellable, GitSource, HubStore, Renderer, Revision } from "../ports.ts";
import {
  environmentProblems,
  problemsOf,
  type Settings,
  sameSettings,
  settingsId,
  settingsOf,
  withSettings,
} from "../resolve/index.ts";
import { type ReleaseKey, releaseKey, revisionOf, settingsIdOf } from "../rollout/index.ts";
import type { Assigner } from "./assigner.ts";
import {
  buildEnvironmentContent,
  type ContentRequest,
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
  drop(name: string): Promise<void>;
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
  readonly rollouts: Pick<Rollouts, "open" | "follow" | "drop">;
  readonly trunk: string;
  readonly logProblems: ProblemLog;
  readonly log: Logger;
}): EnvironmentRefresh {
  const { rollouts, log, state, git, repository, renderer, assigner, reader, store, logProblems } = dependencies;
  const records = store.collection<EnvironmentRecord>("environments");
  /** By environment, then release; the newest last. One without a rollout has one. */
  const contents = new Map<string, Map<ReleaseKey, EnvironmentContent>>();
  /** By content: the fleet.yaml that was read when it was made. */
  const readFrom = new WeakMap<EnvironmentContent, Fleet>();
  const lock = createKeyedLock<string>();
  const sourceOf = createSourceOf(git);

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
    const alive = environment.rollout === undefined ? keptBySuspended(name) : await rollouts.open(environment);
    if (environment.rollout === undefined) await rollouts.drop(name);
    const record = await records.get(name);
    const previous = newest(name);
    // Without its branch an environment stays where it was.
    const revision = reader.branches().get(environment.branch) ?? previous?.revision ?? record?.revision;
    let problems = outer;
    let current: EnvironmentContent | undefined;
    if (revision !== undefined) {
      try {
        const clusters = assigner.clustersOf(name);
        const request = { fleet, environment, clusters, ...options };
        const settings = settingsOf(fleet, environment, clusters);
        const known = await recordsOf(name, alive);
        const release = releaseKey(revision, idOf(settings, [record, ...known.values()]));
        const kept = await contentsOf(alive, release, known, request);
        const build = { ...request, revision, release, previous, record };
        current = await buildEnvironmentContent({ repository, renderer }, build);
        problems = [...outer, ...current.problems];
        const next = recordOf(current, current.release === release ? settings : (record?.settings ?? settings));
        await records.set(name, next);
        await records.set(`${name}@${current.release}`, next);
        for (const key of known.keys()) {
          if (!alive.has(key) && key !== current.release) await records.delete(`${name}@${key}`);
        }
        kept.delete(current.release);
        contents.set(name, kept.set(current.release, current));
        assigner.setContents(name, kept);
        readFrom.set(current, fleet);
      } catch (thrown) {
        if (isAbort(thrown)) throw thrown;
        const error = toAppError(thrown, `Cannot resolve environment "${name}" at ${revision}`);
        problems = [...outer, ...problemsOf(error)];
      }
    }
    if (environment.rollout !== undefined) {
      const trunk = reader.branches().get(dependencies.trunk);
      await rollouts.follow(environment, current?.release, { ...options, trunk });
    }
    const atOnce = pLimit(assignsAtOnce);
    await Promise.all(assigner.clustersOf(name).map((cluster) => atOnce(() => assigner.assign(cluster))));
    // Last: who sees the new revision here sees clusters that are held against it.
    publish(environment, problems);
    await refreshPending(name);
    for (const downstream of fleet.environments)
      if (downstream.from.includes(name)) await refreshPending(downstream.name);
  }

  /** What suspended clusters have: without a rollout, all others are to run the newest. */
  function keptBySuspended(name: string): ReadonlySet<ReleaseKey> {
    if (!state.suspensions.has(name)) return new Set();
    const offers = assigner.clustersOf(name).flatMap((cluster) => {
      const offer = suspensionOf(state, cluster, name) && state.offers.get(cluster)?.get(name);
      return offer === undefined ? [] : [offer.release ?? offer.header.revision];
    });
    return new Set(offers);
  }

  /** What is remembered of releases: of those that are alive, and of those that were. */
  async function recordsOf(
    name: string,
    alive: ReadonlySet<ReleaseKey>,
  ): Promise<ReadonlyMap<ReleaseKey, EnvironmentRecord>> {
    const prefix = `${name}@`;
    const found = (await records.entries(prefix)).map(([key, record]) => [key.slice(prefix.length), record] as const);
    // Those alive first: what is the same as theirs is theirs.
    return new Map(found.sort(([left], [right]) => Number(alive.has(right)) - Number(alive.has(left))));
  }

  /** What clusters are still to run, or may be told next; each rendered once. One that cannot be read any more is left out. */
  async function contentsOf(
    alive: ReadonlySet<ReleaseKey>,
    newest: ReleaseKey,
    known: ReadonlyMap<ReleaseKey, EnvironmentRecord>,
    request: Pick<ContentRequest, "fleet" | "environment" | "clusters" | "signal">,
  ): Promise<Map<ReleaseKey, EnvironmentContent>> {
    const { name } = request.environment;
    const found = new Map<ReleaseKey, EnvironmentContent>();
    for (const release of alive) {
      if (release === newest) continue;
      const made = contents.get(name)?.get(release);
      if (made !== undefined && readFrom.get(made) === request.fleet) {
        found.set(release, made);
        continue;
      }
      const revision = revisionOf(release);
      try {
        const record = known.get(release);
        const then = record?.settings && withSettings(request.fleet, request.environment, record.settings);
        const build = { ...request, ...then, revision, release, previous: undefined, record };
        const content = await buildEnvironmentContent({ repository, renderer }, build);
        readFrom.set(content, request.fleet);
        found.set(release, content);
      } catch (thrown) {
        if (isAbort(thrown)) throw thrown;
        log.warn({ environment: name, revision, err: toAppError(thrown) }, "cannot read a revision that clusters run");
      }
    }
    return found;
  }

  const newest = (name: string) => [...(contents.get(name)?.values() ?? [])].at(-1);

  function publish(environment: Environment, problems: readonly Problem[]): void {
    const { name } = environment;
    const content = newest(name);
    const applications = new Map(
      (content?.applications ?? []).map((each) => [
        each.name,
        { name: each.name, revision: each.content?.revision, problems: each.problems },
      ]),
    );
    state.environments.set(name, {
      environment,
      revision: content?.revision,
      release: content?.release,
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
    if (known === undefined || known.environment.from.length === 0) return;
    const upstream = await reachedByAll(known.environment.from);
    const pending = upstream !== undefined && (await isAhead(upstream, await authored(name))) ? upstream : undefined;
    const current = state.environments.get(name);
    if (current === undefined || current.pending === pending) return;
    state.environments.set(name, { ...current, pending });
    state.announce({ kind: "environment", environment: name });
  }

  /** The newest of the commits of these environments that none of them is behind. */
  async function reachedByAll(environments: readonly string[]): Promise<Revision | undefined> {
    const revisions = await Promise.all(environments.map(authored));
    for (const revision of new Set(revisions)) {
      if (revision === undefined) return undefined;
      const isReached = async (other: Revision | undefined) =>
        other !== undefined && (await git.isAncestor(revision, other));
      if ((await Promise.all(revisions.map(isReached))).every(Boolean)) return revision;
    }
    return undefined;
  }

  /** The commit of the trunk that an environment is at, as far as that can be told. */
  async function authored(name: string): Promise<Revision | undefined> {
    const { environment, revision } = state.environments.get(name) ?? {};
    const branch = environment?.promotion?.branch ?? "pointer";
    if (revision === undefined || branch === "pointer") return revision;
    const source = await sourceOf(revision, environment);
    // A rendered branch may still be the pointer that it was.
    return branch === "rendered" ? (source ?? revision) : source;
  }

  async function isAhead(upstream: Revision, revision: Revision | undefined): Promise<boolean> {
    if (revision === undefined) return true;
    return upstream !== revision && (await git.isAncestor(revision, upstream));
  }

  return {
    refresh: (name, options) => lock.run(name, () => refresh(name, options)),
    async drop(name) {
      await rollouts.drop(name);
      state.environments.delete(name);
      contents.delete(name);
      assigner.setContents(name, undefined);
      state.announce({ kind: "environment", environment: name });
    },
    content: newest,
    isOutdated(name) {
      const problems = [...outerProblems(name), ...(newest(name)?.problems ?? [])];
      return JSON.stringify(problems) !== JSON.stringify(state.environments.get(name)?.problems);
    },
  };
}

/** A settings id goes on for as long as nothing has changed for anybody. */
function idOf(settings: Settings, known: readonly (EnvironmentRecord | undefined)[]): string {
  const same = known.find((each) => each?.settings !== undefined && sameSettings(each.settings, settings));
  return same?.release === undefined ? settingsId(settings) : settingsIdOf(same.release);
}
