import type { Clock } from "../../common/async/index.ts";
import { toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { FleetState } from "../desk/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { GitSource } from "../ports.ts";
import { withMemory, withWritten } from "./promotion-record.ts";
import type { PromotionRecords } from "./promotion-records.ts";

/** Notes that could not be written are tried again so much later. */
const retryMs = 60_000;
/** Commits of the trunk ahead of a branch whose approvals are looked for. */
const approvable = 200;

export interface GitMemoryDependencies {
  readonly state: FleetState;
  readonly git: GitSource;
  readonly trunk: string;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps the hub's own memory and Git's the same: either may know more, after a loss or a failure. Neither stops a promotion. */
export interface GitMemory {
  /** Reads what is new in Git, and nothing when nothing is. */
  recall(environment: string): Promise<void>;
  /** Tells Git what it does not know. `now`: even if it failed a moment ago. */
  tell(environment: string, options?: { readonly now: boolean }): Promise<void>;
}

export function createGitMemory(dependencies: GitMemoryDependencies, records: PromotionRecords): GitMemory {
  const { state, git, ledger, clock, log } = dependencies;
  const read = new Map<string, string>();
  const failedAt = new Map<string, number>();

  async function recall(name: string): Promise<void> {
    const environment = state.environments.get(name)?.environment;
    const tip = environment === undefined ? undefined : git.branches().get(environment.branch);
    if (environment === undefined || tip === undefined) return;
    const trunk = git.branches().get(dependencies.trunk);
    const key = `${tip} ${trunk} ${git.notes.tip()}`;
    if (read.get(name) === key) return;
    const record = records.get(name);
    const moves = record.readTo === tip ? [] : await ledger.moves(environment, tip, record.readTo);
    const isGated = environment.promotion !== undefined && trunk !== undefined && git.notes.tip() !== undefined;
    const ahead = isGated ? await git.log(trunk, { exclude: tip, limit: approvable }) : [];
    const approvals = await ledger.approvals(
      name,
      ahead.map(({ revision }) => revision),
    );
    const next = withMemory(record, { readTo: tip, moves, approvals });
    const isNews = moves.length > 0 || next.approvals.length !== record.approvals.length || record.readTo !== tip;
    if (isNews) {
      await records.change(name, (current) => withMemory(current, { readTo: tip, moves, approvals }));
      state.announce({ kind: "promotion", environment: name });
    }
    read.set(name, key);
  }

  async function tell(name: string, now: boolean): Promise<void> {
    const { unwritten } = records.get(name);
    const failed = failedAt.get(name);
    if (unwritten.length === 0 || (!now && failed !== undefined && clock.now() < failed + retryMs)) return;
    failedAt.set(name, clock.now());
    await ledger.write(unwritten);
    failedAt.delete(name);
    await records.change(name, (record) => withWritten(record, unwritten));
  }

  const trying = (name: string, doing: string, work: Promise<void>) =>
    work.catch((thrown: unknown) => {
      const reason = toAppError(thrown).message;
      log.warn(
        { environment: name, reason },
        `cannot ${doing} the promotions of an environment in Git: tried again later`,
      );
    });

  return {
    recall: (name) => trying(name, "read", recall(name)),
    tell: (name, { now } = { now: false }) => trying(name, "note", tell(name, now)),
  };
}
