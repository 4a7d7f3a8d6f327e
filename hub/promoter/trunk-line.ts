import type { Environment } from "../../common/domain/index.ts";
import type { SourceOf } from "../hydrate/index.ts";
import type { GitSource, Revision } from "../ports.ts";
import type { Change } from "../promotion/index.ts";

/** How far back from the trunk's tip commits can be told apart. */
const lineLength = 2_000;

/** The newest commits of the trunk in their order. */
export interface TrunkLine {
  /**
   * By commit; for one that is only on an environment's branch, the one it was made from, else the newest that says the same.
   * Undefined: none.
   */
  find(revision: Revision, environment?: Environment): Promise<Change | undefined>;
}

/** Reads the trunk when its tip has moved, and only then. The answer is undefined while there is no trunk. */
export function createTrunkLines(
  git: GitSource,
  sourceOf: SourceOf,
  trunk: string,
): () => Promise<TrunkLine | undefined> {
  let known: { readonly tip: Revision; readonly line: TrunkLine } | undefined;
  return async () => {
    const tip = git.branches().get(trunk);
    if (tip === undefined) return undefined;
    if (known?.tip !== tip) known = { tip, line: await readLine(git, sourceOf, tip) };
    return known.line;
  };
}

async function readLine(git: GitSource, sourceOf: SourceOf, tip: Revision): Promise<TrunkLine> {
  const commits = await git.log(tip, { limit: lineLength });
  const changes = new Map(
    commits.map(({ revision, tree, author }, index): [Revision, Change] => [
      revision,
      { commit: revision, tree, ordinal: commits.length - index, author: author.email },
    ]),
  );
  return {
    async find(revision, environment) {
      const known = changes.get(revision) ?? changes.get((await sourceOf(revision, environment)) ?? "");
      if (known !== undefined) return known;
      const { tree } = await git.commit(revision);
      return [...changes.values()].find((change) => change.tree === tree);
    },
  };
}
