/** What one environment has that another has not; the JSON of `drover changelog`. */
export interface EnvironmentChanges {
  /** That lacks them. */
  readonly environment: string;
  /** Environment that has them. */
  readonly from: string;
  /** Tip of its branch; null while there is none. */
  readonly running: string | null;
  /** Tip of the other's branch. */
  readonly revision: string;
  /** Newest first, without those that the hub made. */
  readonly commits: readonly CommitSummary[];
  /** Sorted by path. */
  readonly files: readonly ChangedFile[];
  /** False: there are more commits or files than are listed. */
  readonly complete: boolean;
}

export interface CommitSummary {
  readonly revision: string;
  /** First line of the message. */
  readonly subject: string;
  readonly author: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface ChangedFile {
  readonly path: string;
  readonly change: (typeof fileChanges)[number];
}

export const fileChanges = ["added", "changed", "removed"] as const;
