import type { AssignmentHeader, Digest } from "../../common/domain/index.ts";

export interface EpochDecision {
  /** May an object be pruned because this assignment does not name it? */
  readonly absenceIsTrusted: boolean;
  /** The epoch to trust from now on. */
  readonly trusted: string | undefined;
}

/**
 * A hub that lost or restored its state has a new epoch, and what it leaves out may be what it forgot. So a new epoch is trusted
 * only when the operator confirmed it, or when it states exactly what a trusted epoch stated last: then nothing was forgotten.
 * What an untrusted epoch stated before does not count, or it would vouch for itself.
 * An agent that has never trusted any epoch trusts the first: it was just joined, by hand.
 */
export function decideEpoch(
  trusted: string | undefined,
  /** Root of the last assignment of this environment whose absences were trusted. */
  trustedDigest: Digest | undefined,
  header: AssignmentHeader,
): EpochDecision {
  const isTrusted =
    trusted === undefined || trusted === header.epoch || header.epochConfirmed || trustedDigest === header.digest;
  return { absenceIsTrusted: isTrusted, trusted: isTrusted ? header.epoch : trusted };
}
