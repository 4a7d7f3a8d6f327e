import type { Revision } from "../ports.ts";

/** The pull request that proposes what goes into one environment, as the forge was told last. */
export interface PullRequestRecord {
  readonly number: number;
  readonly url: string;
  readonly candidate: Revision;
  /** Tip of the head branch: the candidate, or what joins it with the environment's branch. */
  readonly head: Revision;
  /** Tip of the environment's branch that it was made for. */
  readonly from: Revision;
  /** Digest of its text. */
  readonly text: string;
  /** The gates of the candidate at that time: what whoever merges it has seen. */
  readonly proof: readonly string[];
  readonly unmet: readonly string[];
  /** Somebody else opened it: it is kept up to date, and never closed. */
  readonly isTheirs?: boolean | undefined;
  /** Why the hub is about to close it, as it was said there. */
  readonly closing?: string | undefined;
  /** Who closed it; undefined while it is open. */
  readonly closedBy: string | undefined;
}
