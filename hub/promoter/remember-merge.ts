import type { Clock } from "../../common/async/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Revision } from "../ports.ts";
import { waitedAt } from "./gate-waits.ts";
import { withMove, withNote } from "./promotion-record.ts";
import type { PromotionRecords } from "./promotion-records.ts";
import type { PullRequestRecord } from "./pull-request-record.ts";

/** A person merged the pull request: a promotion like any other, past the gates that were closed as it showed them. */
export async function rememberMerge(
  { records, ledger, clock }: { readonly records: PromotionRecords; readonly ledger: Ledger; readonly clock: Clock },
  environment: string,
  { number, from, candidate, proof, unmet }: PullRequestRecord,
  { to, by }: { readonly to: Revision; readonly by: string },
): Promise<void> {
  const move = {
    ...waitedAt(records.get(environment).waits, candidate),
    ...{ kind: "promotion" as const, environment, from, to, commit: candidate, actor: by },
    ...{
      at: new Date(clock.now()).toISOString(),
      proof,
      bypassed: unmet,
      reason: `Pull request #${number} was merged`,
    },
  };
  await records.change(environment, (record) => {
    // The hub itself merged it, and died before it could say so.
    const isKnown = record.history.some((each) => each.from === from && each.to === to);
    return isKnown ? record : withNote(withMove(record, move), ledger.promotionNote(move));
  });
}
