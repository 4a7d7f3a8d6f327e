import type { Commit, GitSource } from "../ports.ts";
import { type RolloutState, revisionOf } from "../rollout/index.ts";
import type { Arrival } from "./release.ts";

/** A forge merges by a commit of its own, whose message is anybody's: that it takes back what failed is told by its files. */
export async function mergedRevert(
  git: Pick<GitSource, "commit">,
  arrival: Arrival,
  { tree }: Pick<Commit, "tree">,
  { run, released }: Pick<RolloutState, "run" | "released">,
): Promise<Arrival> {
  if (run?.phase.name !== "reverting" || released === undefined || arrival.release.revertOf !== undefined)
    return arrival;
  const good = await git.commit(revisionOf(released));
  if (tree !== good.tree) return arrival;
  return { ...arrival, release: { ...arrival.release, manual: false, revertOf: run.revision } };
}
