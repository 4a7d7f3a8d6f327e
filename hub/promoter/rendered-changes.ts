import { type Digest, type Environment, refKey } from "../../common/domain/index.ts";
import { isAbort, positioned, toAppError } from "../../common/errors.ts";
import { assembleApplication } from "../assign/index.ts";
import { type FleetState, membersOf } from "../desk/index.ts";
import type { Cancellable, GitSource, Renderer, Revision } from "../ports.ts";
import { readApplications } from "../render/index.ts";
import { folderFor, type ResolvedApplication, refuseAny, tenancyOf, valuesFor } from "../resolve/index.ts";

export const mostApplications = 50;

/** How many objects of an application a commit changes; or why nobody can tell. */
export type RenderedChange =
  | { readonly name: string; readonly added: number; readonly changed: number; readonly removed: number }
  | { readonly name: string; readonly problem: string };

export interface RenderedChanges {
  /** One cluster of the environment, for whose values it was made; "" while there is none. */
  readonly cluster: string;
  /** Sorted by name: those that differ, `mostApplications` at most. */
  readonly applications: readonly RenderedChange[];
  readonly complete: boolean;
}

export type CompareRendered = (
  environment: Environment,
  commits: { readonly from: Revision; readonly to: Revision },
  options: Cancellable,
) => Promise<RenderedChanges>;

/** By application: what renders it. */
type Side = ReadonlyMap<string, () => Promise<ReadonlyMap<string, Digest>>>;

/**
 * Renders an environment at two commits and counts what differs. The last answer for each environment is kept: news of the fleet render
 * nothing. An application that cannot be rendered stands for itself.
 */
export function createCompareRendered(dependencies: {
  readonly state: FleetState;
  readonly git: GitSource;
  readonly renderer: Renderer;
}): CompareRendered {
  const { state, git, renderer } = dependencies;
  const kept = new Map<string, { readonly key: string; readonly fleet: unknown; readonly changes: RenderedChanges }>();

  async function sideOf(
    environment: Environment,
    revision: Revision,
    cluster: string,
    options: Cancellable,
  ): Promise<Side> {
    const { fleet } = state;
    if (fleet === undefined) return new Map();
    const { applications, refused, folders } = await readApplications(git, revision, fleet.applications, options);

    async function objectsOf(resolved: ResolvedApplication): Promise<ReadonlyMap<string, Digest>> {
      if (fleet === undefined) return new Map();
      const { application } = resolved;
      const { tenant, problems } = tenancyOf(resolved, fleet.tenants);
      refuseAny(problems);
      const values = valuesFor(fleet, environment, cluster, application);
      const rendered = await renderer.render(
        {
          revision,
          path: folderFor(resolved, values, folders),
          renderer: application.renderer,
          hydrated: environment.promotion?.branch === "rendered",
        },
        options,
      );
      const { body } = assembleApplication({ application, rendered, values, tenant, revision: "" });
      return new Map(body.objects.map(({ ref, digest }) => [refKey(ref), digest]));
    }

    const side = new Map(applications.map((each) => [each.application.name, () => objectsOf(each)] as const));
    for (const { name, file, problems } of refused) {
      side.set(name ?? file, async () => {
        refuseAny(problems);
        return new Map();
      });
    }
    return side;
  }

  async function compare(
    environment: Environment,
    { from, to }: { readonly from: Revision; readonly to: Revision },
    cluster: string,
    options: Cancellable,
  ): Promise<RenderedChanges> {
    const [before, after] = await Promise.all([
      sideOf(environment, from, cluster, options),
      sideOf(environment, to, cluster, options),
    ]);
    const found: RenderedChange[] = [];
    for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      if (found.length > mostApplications) break;
      const change = await changeOf(name, before, after);
      if (change !== undefined) found.push(change);
    }
    return {
      cluster,
      applications: found.slice(0, mostApplications),
      complete: found.length <= mostApplications,
    };
  }

  return async (environment, commits, options) => {
    const { fleet } = state;
    const key = JSON.stringify([commits.from, commits.to]);
    const last = kept.get(environment.name);
    if (last?.key === key && last.fleet === fleet) return last.changes;
    const [cluster = ""] = membersOf(state, environment);
    const changes = await compare(environment, commits, cluster, options);
    kept.set(environment.name, { key, fleet, changes });
    return changes;
  };
}

async function changeOf(name: string, before: Side, after: Side): Promise<RenderedChange | undefined> {
  try {
    const now = (await after.get(name)?.()) ?? new Map<string, Digest>();
    const old = (await before.get(name)?.()) ?? new Map<string, Digest>();
    const added = [...now.keys()].filter((ref) => !old.has(ref)).length;
    const removed = [...old.keys()].filter((ref) => !now.has(ref)).length;
    const changed = [...now].filter(([ref, digest]) => old.has(ref) && old.get(ref) !== digest).length;
    return added + changed + removed === 0 ? undefined : { name, added, changed, removed };
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    const { message, position } = toAppError(thrown);
    return { name, problem: positioned(message, position) };
  }
}
