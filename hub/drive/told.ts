import { AppError } from "../../common/errors.ts";
import type { FleetState } from "../desk/index.ts";
import type { Revision } from "../ports.ts";
import { clusterEntries, type RolloutState } from "../rollout/index.ts";

/** The newest that went through all waves before what the environment has now. */
export function releasedBefore(state: RolloutState | undefined, environment: string): Revision {
  const now = state?.run?.revision;
  const found = state?.past.findLast(({ outcome, revision }) => outcome === "done" && revision !== now);
  const revision = found?.revision ?? (state?.released === now ? undefined : state?.released);
  if (revision !== undefined) return revision;
  throw new AppError(
    "FAILED_PRECONDITION",
    `Cannot roll back "${environment}": no earlier release is known here, name one with --to`,
  );
}

/** Without a stored state: what all clusters were told already is no news to them. */
export function toldToAll(fleet: FleetState, environment: string): Revision | undefined {
  const revisions = new Set<Revision>();
  for (const offers of fleet.offers.values()) {
    const offer = offers.get(environment);
    if (offer !== undefined) revisions.add(offer.header.revision);
  }
  return revisions.size === 1 ? [...revisions][0] : undefined;
}

export function aliveIn({ clusters, released, run, heldBack, queue }: RolloutState): ReadonlySet<Revision> {
  const alive = new Set<Revision>();
  for (const [, { assigned }] of clusterEntries(clusters)) if (assigned !== undefined) alive.add(assigned);
  for (const revision of [released, run?.revision, heldBack?.revision, ...queue.map((each) => each.revision)]) {
    if (revision !== undefined) alive.add(revision);
  }
  return alive;
}
