import type { Environment } from "../../common/domain/index.ts";
import { isAbort, positioned, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { type FleetState, membersOf } from "../desk/index.ts";
import { type MachineIdentity, trailer, treeTrailer } from "../drive/index.ts";
import type { Cancellable, GitSource, Renderer, Revision } from "../ports.ts";
import { metadataFile } from "../render/index.ts";
import { hydratedFiles } from "./hydrated-files.ts";

export interface HydratorDependencies {
  readonly state: FleetState;
  readonly git: GitSource;
  readonly renderer: Renderer;
  /** Author of the commits that the hub makes. */
  readonly identity: MachineIdentity;
  readonly log: Logger;
}

/** What became of a commit for a branch that holds something made of it. */
export type Hydration =
  /** The branch says the same already. */
  | { readonly kind: "same" }
  /** The branch can be fast-forwarded to `commit`. `tree` stands for all that it says; `branch`: where it waits. */
  | { readonly kind: "ready"; readonly commit: Revision; readonly tree: string; readonly branch: string }
  | { readonly kind: "refused"; readonly reason: string };

export interface Hydrator {
  /** Renders a commit onto the environment's `-next`. Idempotent: equal input makes the same commit. UNAVAILABLE: try again. */
  hydrate(environment: Environment, source: Revision, options?: Cancellable): Promise<Hydration>;
}

/** Where a hydrated commit waits for its promotion. */
export function proposedBranch({ branch }: Pick<Environment, "branch">): string {
  return `${branch}-next`;
}

const attempts = 3;
/** How far back the files of a branch may come from when they were brought back by hand. */
const searchedCommits = 50;

export function createHydrator(dependencies: HydratorDependencies): Hydrator {
  const { state, git, identity, log } = dependencies;
  /** By environment: what it was made from last, and what it was. */
  const known = new Map<string, { readonly input: string; readonly fleet: unknown; readonly hydration: Hydration }>();

  const tips = (environment: Environment) => ({
    active: git.branches().get(environment.branch),
    proposed: git.branches().get(proposedBranch(environment)),
  });

  async function manifestsOf(revision: Revision, options: Cancellable): Promise<string> {
    const files = await git.tree(revision, "", options);
    const manifests = files.filter(({ mode, path }) => mode !== "tree" && path !== metadataFile);
    return JSON.stringify(manifests.map(({ path, oid }) => [path, oid]));
  }

  /** Its files are the trunk's (it was a pointer before) or such as the hub made, whoever put them there. */
  async function isOwn(active: Revision, source: Revision, options: Cancellable): Promise<boolean> {
    if (await git.isAncestor(active, source, options)) return true;
    const [tip, ...earlier] = await git.log(active, { limit: searchedCommits, ...options });
    if (tip === undefined) return false;
    return [tip, ...earlier].some((each) => each.tree === tip.tree && trailer(each, treeTrailer) !== undefined);
  }

  async function make(
    environment: Environment,
    source: Revision,
    clusters: readonly string[],
    options: Cancellable,
  ): Promise<Hydration> {
    const { fleet } = state;
    if (fleet === undefined) return { kind: "refused", reason: "There is no usable fleet.yaml" };
    const branch = proposedBranch(environment);
    const { active, proposed } = tips(environment);
    if (active !== undefined && !(await isOwn(active, source, options))) {
      const reason = `Branch "${environment.branch}" is at ${active.slice(0, 12)}, with files that somebody wrote by hand: bring them into the trunk and take them back there`;
      return { kind: "refused", reason };
    }
    const commit = await git.commit(source, options);
    const files = await hydratedFiles(dependencies, { fleet, environment, commit, clusters }, options);
    const isMerged =
      proposed === undefined || (active !== undefined && (await git.isAncestor(proposed, active, options)));
    const parents = [...(active === undefined ? [] : [active]), ...(isMerged ? [] : [proposed])];
    const subject = `Hydrate ${source.slice(0, 12)} for ${environment.name}: ${commit.message.split("\n")[0]}`;
    const message = `${subject}\n\n${treeTrailer}: ${source}\n`;
    const author = { ...identity, at: commit.author.at };
    const made = await git.makeCommit({ treeOf: files, parents, author, message }, options);
    if (active !== undefined && (await manifestsOf(active, options)) === (await manifestsOf(made, options))) {
      return { kind: "same" };
    }
    const { tree } = await git.commit(made, options);
    // Proposed before: by this hub, before it died or forgot, or by another one.
    const isThere = !isMerged && (await git.commit(proposed, options)).tree === tree;
    if (isThere && (active === undefined || (await git.isAncestor(active, proposed, options)))) {
      return { kind: "ready", commit: proposed, tree, branch };
    }
    await git.push(branch, { from: proposed, to: made }, options);
    await git.fetch(options);
    log.info({ environment: environment.name, source, commit: made }, `hydrated ${source.slice(0, 12)}`);
    return { kind: "ready", commit: made, tree, branch };
  }

  return {
    async hydrate(environment, source, options = {}) {
      const clusters = membersOf(state, environment);
      const input = () => JSON.stringify([source, tips(environment), clusters, environment]);
      const before = known.get(environment.name);
      if (before?.input === input() && before.fleet === state.fleet) return before.hydration;
      for (let attempt = 1; ; attempt++) {
        const { fleet } = state;
        try {
          const hydration = await make(environment, source, clusters, options);
          known.set(environment.name, { input: input(), fleet, hydration });
          return hydration;
        } catch (thrown) {
          if (isAbort(thrown)) throw thrown;
          const error = toAppError(thrown);
          if (!error.retryable) return { kind: "refused", reason: positioned(error.message, error.position) };
          if (error.code !== "ABORTED" || attempt >= attempts) throw error;
          // Somebody was faster: look again.
          await git.fetch(options);
        }
      }
    },
  };
}
