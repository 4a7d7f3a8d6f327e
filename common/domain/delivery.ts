/** How well changes come into an environment; the JSON of `drover dora`. Counted over the promotions that Git remembers. */
export interface DeliveryView {
  readonly environment: string;
  /** Only the promotions that changed its files count; null: all of the environment's. */
  readonly application: string | null;
  /** Length of the time that is looked at, back from now. */
  readonly windowMs: number;
  /** Promotions in that time. */
  readonly deployments: number;
  readonly deploymentsPerDay: number;
  /** Median from a commit's date until the environment was healthy with it; null without any. */
  readonly leadTimeMs: number | null;
  /** Share of the promotions that were rolled back, or with which a cluster was degraded, 0 to 1; null without any. */
  readonly changeFailureRate: number | null;
  /** Median from the first failure until the environment was healthy, with what was failing or with its rollback; null without any. */
  readonly restoreMs: number | null;
  /** Promotions of which nobody saw when they were healthy: the time of the promotion stands in for it. */
  readonly unwatched: number;
  /** By gate, the median of how long it made those promotions wait that waited on it. */
  readonly waitedMs: Readonly<Record<string, number>>;
}

export const deliveryGroupings = ["environment", "application"] as const;
