import type { GitSource, Revision } from "../ports.ts";
import { type Change, type Gate, waiting } from "../promotion/index.ts";
import type { Upstream } from "./upstreams.ts";

/** A commit that somebody names and that the trunk does not have: a hotfix. It comes after everything that is known. */
export async function offTrunk(git: GitSource, revision: Revision): Promise<Change> {
  const { tree, author } = await git.commit(revision);
  return { commit: revision, tree, ordinal: Number.MAX_SAFE_INTEGER, author: author.email };
}

/** Whether a commit that somebody named leaves out an environment that it should have passed. */
export function isOffPath(change: Change, upstreams: readonly Upstream[]): boolean {
  return upstreams.some(({ newest }) => newest === undefined || newest.ordinal < change.ordinal);
}

/** Who leaves the path needs somebody's explicit word, where none is asked for otherwise too. */
export function explicitly(gate: Gate, environment: string, { commit, ordinal }: Change): Gate {
  if (gate.state === "passed") return gate;
  const why = ordinal === Number.MAX_SAFE_INTEGER ? "the trunk does not have it" : "it was not upstream yet";
  const how = `'drover approve ${environment} --revision ${commit.slice(0, 12)}'`;
  return waiting(gate.name, `${gate.reason}: ${why}, so it needs an explicit approval (${how})`);
}
