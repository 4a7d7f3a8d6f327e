import type { Cancellable, GitSource, Revision } from "../ports.ts";
import { fullRevision } from "./full-revision.ts";

/** How far back on each branch a shortened revision is looked for. */
const searchedCommits = 1_000;

/** The commit that somebody means by all or the first digits of its name. */
export async function commitNamed(git: GitSource, revision: string, options: Cancellable = {}): Promise<Revision> {
  if (/^[0-9a-f]{40}$/.test(revision)) return (await git.commit(revision, options)).revision;
  const tips = [...new Set(git.branches().values())];
  const logs = await Promise.all(tips.map((tip) => git.log(tip, { limit: searchedCommits, ...options })));
  return fullRevision(
    revision,
    logs.flatMap((log) => log.map((commit) => commit.revision)),
  );
}
