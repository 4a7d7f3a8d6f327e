import { AppError } from "../../common/errors.ts";
import type { FleetState } from "../desk/index.ts";
import type { Revision } from "../ports.ts";
import { clusterEntries, type ReleaseKey, type RolloutState, revisionOf } from "../rollout/index.ts";

/** The newest commit that went through all waves before what the environment has now. */
export function releasedBefore(state: RolloutState | undefined, environment: string): Revision {
  const commit = (key: ReleaseKey | undefined) => (key === undefined ? undefined : revisionOf(key));
  const now = commit(state?.run?.revision);
  const found = state?.past.findLast(({ outcome, revision }) => outcome === "done" && revisionOf(revision) !== now);
  const released = commit(state?.released);
  const revision = commit(found?.revision) ?? (released === now ? undefined : released);
  if (revision !== undefined) return revision;
  throw new AppError(
    "FAILED_PRECONDITION",
    `Cannot roll back "${environment}": no earlier release is known here, name one with --to`,
  );
}

/** Without a stored state: what all clusters were told already is no news to them. */
export function toldToAll(fleet: FleetState, environment: string): ReleaseKey | undefined {
  const releases = new Set<ReleaseKey>();
  for (const offers of fleet.offers.values()) {
    const offer = offers.get(environment);
    if (offer !== undefined) releases.add(offer.release ?? offer.header.revision);
  }
  return releases.size === 1 ? [...releases][0] : undefined;
}

export function aliveIn({ clusters, released, run, heldBack, queue }: RolloutState): ReadonlySet<ReleaseKey> {
  const alive = new Set<ReleaseKey>();
  for (const [, { assigned }] of clusterEntries(clusters)) if (assigned !== undefined) alive.add(assigned);
  for (const revision of [released, run?.revision, heldBack?.revision, ...queue.map((each) => each.revision)]) {
    if (revision !== undefined) alive.add(revision);
  }
  return alive;
}
