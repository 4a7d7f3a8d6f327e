import type { Revision } from "../ports.ts";
import type { Look } from "./evidence.ts";

/** How an environment did with a tip of its branch, as far as this was watched; ISO 8601. */
export interface MoveHealth {
  /** All its clusters ran it and were healthy, for the first time. */
  readonly healthyAt?: string;
  /** A cluster that ran it was degraded, for the first time. */
  readonly failedAt?: string;
  /** All were healthy after that, for the first time. */
  readonly restoredAt?: string;
}

/** By tip, newest last; null: it was there before anybody watched. */
export type MoveHealths = Readonly<Record<Revision, MoveHealth | null>>;

const kept = 200;

/** After another look at the environment itself; the same object when that is no news. Undefined: nobody has looked before. */
export function withHealth(
  healths: MoveHealths | undefined,
  { revision, clusters, well, degraded }: Pick<Look, "revision" | "clusters" | "well" | "degraded">,
  now: number,
): MoveHealths {
  if (healths === undefined) return revision === undefined ? {} : { [revision]: null };
  if (revision === undefined) return healths;
  const before = healths[revision];
  if (before === null) return healths;
  const at = new Date(now).toISOString();
  const isWell = clusters > 0 && well === clusters;
  const { healthyAt, failedAt, restoredAt } = before ?? {};
  const news: MoveHealth = {
    ...(isWell && healthyAt === undefined ? { healthyAt: at } : {}),
    ...(degraded > 0 && failedAt === undefined ? { failedAt: at } : {}),
    ...(isWell && failedAt !== undefined && restoredAt === undefined ? { restoredAt: at } : {}),
  };
  if (before !== undefined && Object.keys(news).length === 0) return healths;
  return Object.fromEntries([...Object.entries(healths), [revision, { ...before, ...news }] as const].slice(-kept));
}
