import type { Environment, Fleet, Problem } from "../../common/domain/index.ts";
import { type AppError, isAbort, toAppError } from "../../common/errors.ts";
import { parseApplication } from "../../common/schema/index.ts";
import { emptyApplicationProblem, emptyEnvironmentProblem } from "../assign/index.ts";
import type { Cancellable, Renderer, Revision } from "../ports.ts";
import {
  heldApplications,
  problemsOf,
  type RefusedApplication,
  resolveApplications,
  type Settings,
} from "../resolve/index.ts";
import type { ReleaseKey } from "../rollout/index.ts";
import { type ApplicationContent, createApplicationContent, type EncodedApplication } from "./application-content.ts";
import type { Repository } from "./repository.ts";

/** What an environment's clusters are to run: one entry per application, good or held. */
export interface EnvironmentContent {
  readonly environment: Environment;
  readonly fleet: Fleet;
  readonly revision: Revision;
  /** The revision with its settings. */
  readonly release: ReleaseKey;
  /** Sorted by name. */
  readonly applications: readonly EnvironmentApplication[];
  readonly problems: readonly Problem[];
}

export interface EnvironmentApplication {
  readonly name: string;
  /** Undefined when it never could be produced: agents keep what they have. */
  readonly content: ApplicationContent | undefined;
  /** Used for a cluster where `content` fails. */
  readonly fallback: ApplicationContent | undefined;
  /** Errors say why `content` is not the environment's commit. */
  readonly problems: readonly Problem[];
}

/** What the last run of the hub left behind: where each application was last good. */
export interface EnvironmentRecord {
  readonly revision: Revision;
  readonly applications: Readonly<Record<string, { readonly file: string; readonly revision: Revision }>>;
  readonly release?: ReleaseKey;
  readonly settings?: Settings;
}

export interface ContentDependencies {
  readonly repository: Repository;
  readonly renderer: Renderer;
}

export interface ContentRequest extends Cancellable {
  readonly fleet: Fleet;
  readonly environment: Environment;
  readonly revision: Revision;
  readonly release: ReleaseKey;
  /** Names of the environment's clusters; with none, a nameless one is tried so that mistakes show early. */
  readonly clusters: readonly string[];
  readonly previous: EnvironmentContent | undefined;
  readonly record: EnvironmentRecord | undefined;
}

/**
 * Resolves and renders an environment at a commit. Every application stands for itself: one that cannot be used keeps its
 * last good content. Throws only when the commit itself cannot be read.
 */
export async function buildEnvironmentContent(
  { repository, renderer }: ContentDependencies,
  request: ContentRequest,
): Promise<EnvironmentContent> {
  const { fleet, environment, revision, release, previous, record, signal } = request;
  const files = await repository.applicationFiles(revision, fleet.applications, { signal });
  const folders = await repository.folders(revision, { signal });
  const resolution = resolveApplications(files);
  const before = lastGood(previous, record);
  const held = heldApplications(
    [...before].map(([name, { file }]) => ({ name, file })),
    resolution,
  );

  const empty = emptyEnvironmentProblem(environment, fleet, {
    applications: resolution.applications.length + resolution.refused.length,
    before: before.size,
  });
  const clusters = request.clusters.length === 0 ? [""] : request.clusters;

  /** The application as it last was good, from memory or, after a restart, from Git. */
  async function fallbackOf(name: string): Promise<ApplicationContent | undefined> {
    const known = previous?.applications.find((each) => each.name === name);
    if (known?.content !== undefined) return contentAt(known.content.revision, known.content.file, true);
    const good = before.get(name);
    return good === undefined ? undefined : contentAt(good.revision, good.file, true);
  }

  async function contentAt(revision: Revision, file: string, pinned: boolean): Promise<ApplicationContent | undefined> {
    try {
      const text = await repository.text(revision, file, { signal });
      const { application, locate } = parseApplication(text, file);
      if (application === undefined) return undefined;
      const resolved = { application, locate };
      const folders = await repository.folders(revision, { signal });
      return createApplicationContent({ fleet, environment, resolved, revision, folders, renderer, pinned });
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      // That commit is gone from the repository: agents keep what they have.
      return undefined;
    }
  }

  /** As it was, from memory or, after a restart, from Git. */
  async function unchanged(problem: Problem): Promise<EnvironmentContent> {
    if (previous !== undefined) return { ...previous, problems: [problem] };
    const last = record?.revision ?? revision;
    const applications = await Promise.all(
      [...before]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(async ([name, good]) => {
          // The same bytes as before: what was the environment's own commit is so again.
          const content = await contentAt(good.revision, good.file, good.revision !== last);
          return { name, content, fallback: undefined, problems: [] };
        }),
    );
    return {
      environment,
      fleet,
      revision: last,
      release: record?.release ?? release,
      applications,
      problems: [problem],
    };
  }

  async function good(index: number): Promise<EnvironmentApplication> {
    const resolved = resolution.applications[index];
    if (resolved === undefined) throw new RangeError(`No application ${index}`);
    const { application } = resolved;
    const content = createApplicationContent({
      fleet,
      environment,
      resolved,
      revision,
      folders,
      renderer,
      pinned: false,
    });
    const tries = await Promise.allSettled(clusters.map((cluster) => content.forCluster(cluster)));
    // The hub is stopping: nothing is known of the application, so nothing may be published of it.
    const aborted = tries.find((each) => each.status === "rejected" && isAbort(each.reason));
    if (aborted?.status === "rejected") throw aborted.reason;
    const made = tries.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    if (made.length === 0) {
      const errors = tries.flatMap((each) => (each.status === "rejected" ? [toAppError(each.reason)] : []));
      const first = errors[0] as AppError;
      return {
        name: application.name,
        content: await fallbackOf(application.name),
        fallback: undefined,
        problems: problemsOf(first),
      };
    }
    const objects = Math.max(...made.map(objectCount));
    const count = objects > 0 || application.allowEmpty ? 0 : await objectsBefore(application.name);
    const problem = emptyApplicationProblem(application, { objects, before: count });
    if (problem?.severity === "error") {
      return {
        name: application.name,
        content: await fallbackOf(application.name),
        fallback: undefined,
        problems: [problem],
      };
    }
    const fallback = made.length < tries.length ? await fallbackOf(application.name) : undefined;
    return { name: application.name, content, fallback, problems: problem === undefined ? [] : [problem] };
  }

  async function objectsBefore(name: string): Promise<number> {
    const fallback = await fallbackOf(name);
    if (fallback === undefined) return 0;
    const tries = await Promise.allSettled(clusters.map((cluster) => fallback.forCluster(cluster)));
    return Math.max(0, ...tries.map((each) => (each.status === "fulfilled" ? objectCount(each.value) : 0)));
  }

  async function kept(name: string, refused: RefusedApplication): Promise<EnvironmentApplication> {
    return { name, content: await fallbackOf(name), fallback: undefined, problems: refused.problems };
  }

  if (empty?.severity === "error") return unchanged(empty);
  const applications = await Promise.all([
    ...resolution.applications.map((_, index) => good(index)),
    ...[...held].map(([name, refused]) => kept(name, refused)),
  ]);
  // Refused and never good before: nothing to keep, but its problems must be seen.
  const shown = new Set([...held.values()]);
  const unheard = resolution.refused.filter((each) => !shown.has(each)).flatMap((each) => each.problems);
  return {
    environment,
    fleet,
    revision,
    release,
    applications: applications.sort((left, right) => (left.name < right.name ? -1 : 1)),
    problems: [...unheard, ...(empty === undefined ? [] : [empty])],
  };
}

function objectCount({ contents }: EncodedApplication): number {
  return contents.length - 1;
}

function lastGood(
  previous: EnvironmentContent | undefined,
  record: EnvironmentRecord | undefined,
): ReadonlyMap<string, { readonly file: string; readonly revision: Revision }> {
  if (previous === undefined) return new Map(Object.entries(record?.applications ?? {}));
  return new Map(
    previous.applications.flatMap(({ name, content }) =>
      content === undefined ? [] : [[name, { file: content.file, revision: content.revision }] as const],
    ),
  );
}

/** What to remember of a content for after a restart. */
export function recordOf(content: EnvironmentContent, settings: Settings): EnvironmentRecord {
  const applications = Object.fromEntries(lastGood(content, undefined));
  return { revision: content.revision, applications, release: content.release, settings };
}
