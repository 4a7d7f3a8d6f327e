import type { Clock } from "../../common/async/index.ts";
import type { Environment } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { Notifier } from "../notify/index.ts";
import { type Nag, nagAfter } from "../promotion/index.ts";
import type { BranchSight } from "./branch-watch.ts";
import type { PromotionRecord } from "./promotion-record.ts";
import type { PromotionRecords } from "./promotion-records.ts";

export interface NagsDependencies {
  readonly notify: Notifier["notify"];
  readonly trunk: string;
  readonly clock: Clock;
  readonly log: Logger;
}

const retryMs = 60_000;

/** Tells people of what an environment runs and the trunk does not have, until it has. */
export interface Nags {
  /** Returns when to look again if nothing changes; undefined: never. Fails for nothing: what could not be said is said next time. */
  look(environment: Environment, sight: BranchSight): Promise<number | undefined>;
}

export function createNags({ notify, trunk, clock, log }: NagsDependencies, records: PromotionRecords): Nags {
  async function say(environment: Environment, sentence: string, id: string, isOver: boolean): Promise<void> {
    const { name, branch } = environment;
    const message = `Environment "${name}": branch "${branch}" ${sentence}`;
    await notify(name, { id, severity: isOver ? "info" : "warning", message, at: clock.now() });
  }

  async function look(environment: Environment, { offTrunk, gate }: BranchSight): Promise<number | undefined> {
    const { name } = environment;
    const record = records.get(name);
    const { nag: before } = record;
    // Moved by hand: nobody can say yet what it is to be at.
    if (gate !== undefined) return undefined;
    const step = nagAfter(before, offTrunk, clock.now());
    const of = (step.nag ?? before)?.commit ?? "";
    const lacking = `is at ${of.slice(0, 12)}${byWhom(record, of)}, which the trunk "${trunk}" does not have: merge it there`;
    // The same word under the same name: whichever hub says it, and as often as one dies before it knows that it did.
    if (step.say === "begins") await say(environment, lacking, `hotfix/${of}`, false);
    if (step.say === "lasts") {
      const days = `${step.nag?.told} ${step.nag?.told === 1 ? "day" : "days"}`;
      await say(environment, `${lacking}, for ${days} now`, `hotfix/${of}/${step.nag?.told}`, false);
    }
    if (step.say === "over") {
      const sentence = `has nothing any more that the trunk "${trunk}" does not have`;
      await say(environment, sentence, `hotfix/${of}/over`, true);
    }
    if (step.nag !== before) await remember(name, before, step.nag);
    return step.againAt;
  }

  /** Unless another hub was faster. */
  const remember = (name: string, before: Nag | undefined, nag: Nag | undefined) =>
    records.change(name, (record) =>
      record.nag?.commit === before?.commit && record.nag?.told === before?.told ? { ...record, nag } : record,
    );

  return {
    look: (environment, sight) =>
      look(environment, sight).catch((thrown: unknown) => {
        log.warn({ environment: environment.name, err: toAppError(thrown) }, "cannot tell of a hotfix now");
        return clock.now() + retryMs;
      }),
  };
}

function byWhom({ history }: PromotionRecord, commit: string): string {
  const move = history.findLast(({ to }) => to === commit);
  if (move === undefined) return "";
  return ` (${move.kind === "promotion" ? "promoted" : "rolled back"} by ${move.actor}${move.reason === "" ? "" : `: ${move.reason}`})`;
}
