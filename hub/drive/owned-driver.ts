import type { Environment } from "../../common/domain/index.ts";
import { AppError, isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { Guard } from "../ports.ts";
import type { RolloutState } from "../rollout/index.ts";
import type { Driver } from "./driver.ts";
import type { Claim, Ownership } from "./ownership.ts";
import type { Saved } from "./rollout-store.ts";

export interface First {
  readonly saved: Saved;
  readonly stored: boolean;
}

export interface OwnedDriverDependencies {
  readonly ownership: Ownership;
  /** As it is stored, or as it begins. */
  readonly load: () => Promise<First>;
  /** `lost`: another hub has taken over, found out when saving. */
  readonly create: (environment: Environment, first: First, guard: Guard, lost: () => void) => Driver;
  /** Time of the last event that is stored. */
  readonly at: () => Promise<number | undefined>;
  /** What another hub saved: to be shown here. */
  readonly watched: (state: RolloutState) => void;
  /** What another hub offered is to be known before this one offers. */
  readonly tookOver: () => Promise<void>;
  readonly log: Logger;
}

/** A driver that drives while this hub owns the environment's rollouts, and watches while another does. */
export interface OwnedDriver extends Driver {
  /** Undefined: another hub drives. */
  guard(): Guard | undefined;
}

interface Seat {
  readonly driver: Driver;
  readonly claim: Claim;
}

export async function createOwnedDriver(
  dependencies: OwnedDriverDependencies,
  first: Environment,
): Promise<OwnedDriver> {
  const { ownership, load, create, watched, log } = dependencies;
  const closing = new AbortController();
  const { signal } = closing;
  let environment = first;
  let shown = (await load()).saved;
  let seat: Seat | undefined;
  /** What the pipeline said last: for when it becomes this hub's turn. */
  let release: Parameters<Driver["follow"]>[1] | undefined;
  let standing: Promise<void> | undefined;

  async function sit(claim: Claim): Promise<void> {
    // Only now: whatever was read before, another hub may have written since.
    const begun = await load();
    shown = begun.saved;
    const driver = create(environment, begun, claim.guard, () => {
      if (seat?.driver !== driver) return;
      seat = undefined;
      log.warn({ environment: environment.name }, "another hub drives the rollouts from now on");
      void driver.close();
      standBy();
    });
    seat = { driver, claim };
  }

  function standBy(): void {
    standing = watch().catch((thrown: unknown) => {
      if (!isAbort(thrown) && !signal.aborted) {
        log.error({ environment: environment.name, err: toAppError(thrown) }, "cannot take over the rollouts");
      }
    });
  }

  async function watch(): Promise<void> {
    const claim = await ownership.claim({
      signal,
      async look() {
        if ((await dependencies.at()) === shown.at) return;
        shown = (await load()).saved;
        watched(shown.state);
      },
    });
    if (signal.aborted) return claim.release();
    await dependencies.tookOver();
    await sit(claim);
    log.info({ environment: environment.name }, "this hub drives the rollouts from now on");
    if (release !== undefined) await seat?.driver.follow(environment, release);
  }

  const claim = await ownership.tryClaim();
  if (claim === undefined) standBy();
  else await sit(claim);

  return {
    guard: () => seat?.claim.guard,
    state: () => seat?.driver.state() ?? shown.state,
    async follow(next, arrival) {
      environment = next;
      release = arrival;
      await seat?.driver.follow(next, arrival);
    },
    look: (clusters) => seat?.driver.look(clusters),
    async operate(event) {
      if (seat !== undefined) return seat.driver.operate(event);
      throw new AppError("UNAVAILABLE", `Another hub drives the rollouts of "${environment.name}" now: ask that one`);
    },
    async close() {
      closing.abort();
      const last = seat;
      seat = undefined;
      await last?.driver.close();
      await last?.claim.release();
      await standing;
    },
  };
}
