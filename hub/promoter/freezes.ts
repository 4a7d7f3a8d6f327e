import type { Clock } from "../../common/async/index.ts";
import { type Freeze, freezesOf, parseDuration } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { FleetState } from "../desk/index.ts";
import type { HubStore } from "../ports.ts";
import type { FleetActions } from "../surfaces.ts";

export interface FreezesDependencies {
  readonly state: FleetState;
  readonly store: HubStore;
  readonly clock: Clock;
  /** Rollouts look at it anew. */
  readonly changed: () => void;
  readonly log: Logger;
}

/** Who froze what; every hub of a store goes by what is stored. */
export interface Freezes {
  /** Brings the memory of this hub to what is stored: another hub may have been told. */
  recall(): Promise<readonly Freeze[]>;
  /** Returns once it is stored and shown. */
  readonly freeze: FleetActions["freeze"];
  readonly unfreeze: FleetActions["unfreeze"];
}

/** No environment has such a name. */
const everything = "*";

export function createFreezes({ state, store, clock, changed, log }: FreezesDependencies): Freezes {
  const collection = store.collection<Freeze>("freezes");
  let shown = JSON.stringify(state.freezes);

  async function recall(): Promise<readonly Freeze[]> {
    const freezes = (await collection.entries()).map(([, freeze]) => freeze);
    const text = JSON.stringify(freezes);
    if (text === shown) return freezes;
    shown = text;
    state.freezes = freezes;
    for (const environment of state.environments.keys()) state.announce({ kind: "environment", environment });
    changed();
    return freezes;
  }

  function mustBeKnown(environment: string | undefined): void {
    if (environment === undefined || state.environments.has(environment)) return;
    throw new AppError("NOT_FOUND", `No such environment: "${environment}"`);
  }

  return {
    recall,
    async freeze(environment, { reason, until, actor }) {
      mustBeKnown(environment);
      if (reason.trim() === "") throw new AppError("INVALID_ARGUMENT", "Cannot freeze without a reason: say --reason");
      const now = clock.now();
      const freeze: Freeze = {
        environment: environment ?? null,
        reason,
        by: actor,
        since: new Date(now).toISOString(),
        until: until === undefined ? null : endOf(until, now),
      };
      await collection.set(environment ?? everything, freeze);
      log.info({ audit: true, actor, action: "freeze", environment, reason, until: freeze.until }, `${actor}: freeze`);
      await recall();
      return freeze;
    },
    async unfreeze(environment, { reason, actor }) {
      const now = clock.now();
      const key = environment ?? everything;
      const known = await collection.get(key);
      const isInForce = known !== undefined && (known.until === null || now < Date.parse(known.until));
      if (!isInForce) {
        mustBeKnown(environment);
        if (environment === undefined) throw new AppError("NOT_FOUND", "Not everything is frozen: name an environment");
        const isAll = freezesOf(await recall(), environment, now).length > 0;
        const hint = isAll ? ": everything is, which 'drover unfreeze' without a name lifts" : "";
        throw new AppError("NOT_FOUND", `Environment "${environment}" is not frozen by itself${hint}`);
      }
      await collection.delete(key);
      log.info({ audit: true, actor, action: "unfreeze", environment, reason }, `${actor}: unfreeze`);
      await recall();
    },
  };
}

/** Clocks of hubs and people differ: a time of day says its zone. */
const instant = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** A time in ISO 8601, or a duration from now. */
function endOf(text: string, now: number): string {
  const duration = parseDuration(text);
  const end = duration !== undefined ? now + duration : instant.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(end)) {
    throw new AppError(
      "INVALID_ARGUMENT",
      `Cannot freeze until "${text}": expected a time such as "2026-12-27T08:00Z" or a duration such as "8h"`,
    );
  }
  if (end > now) return new Date(end).toISOString();
  throw new AppError("INVALID_ARGUMENT", `Cannot freeze until "${text}": that is over already`);
}
