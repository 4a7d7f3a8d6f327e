import type { Clock } from "../../common/async/index.ts";
import { isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { Cancellable, Guard, HubStore } from "../ports.ts";

/** Of several hubs on one store the one that drives an environment's rollouts. Each taking over has a higher epoch. */
interface Owner {
  readonly epoch: number;
  readonly hub: string;
}

/** The owner lives; `count` undefined: it has given up its place. */
interface Beat {
  readonly epoch: number;
  readonly count: number | undefined;
}

/** The place of the driver, while nobody else has taken it. */
export interface Claim {
  /** For writes that only the owner may make: a hub that slept while another took over writes nothing any more. */
  readonly guard: Guard;
  /** Lets the next one in at once. */
  release(): Promise<void>;
}

export interface Ownership {
  /** Undefined: another hub has it. */
  tryClaim(): Promise<Claim | undefined>;
  /** Waits until the owner is gone; `look` runs between looks. */
  claim(options: Cancellable & { readonly look: () => Promise<void> }): Promise<Claim>;
}

export interface OwnershipDependencies {
  readonly store: HubStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of this process and no other. */
  readonly hub: string;
}

const beatMs = 1_000;
/** An owner that says nothing for so long is taken for dead. */
const silentMs = 5_000;

const ownersCollection = "rollout-owners";

export function createOwnership(dependencies: OwnershipDependencies, environment: string): Ownership {
  const { store, clock, log, hub } = dependencies;
  const documents = store.collection<Owner | Beat>(ownersCollection);
  const [ownerKey, beatKey] = [`${environment}/owner`, `${environment}/beat`];
  /** What was seen of the owner, and since when it is the same: clocks of other machines are not asked. */
  let seen: { readonly text: string; readonly since: number } | undefined;

  async function look(): Promise<{ readonly owner: Owner | undefined; readonly isFree: boolean }> {
    const owner = (await documents.get(ownerKey)) as Owner | undefined;
    const beat = (await documents.get(beatKey)) as Beat | undefined;
    const text = JSON.stringify([owner, beat]);
    if (seen?.text !== text) seen = { text, since: clock.now() };
    const hasLeft = owner !== undefined && beat?.epoch === owner.epoch && beat.count === undefined;
    // Nobody else can be there where the store is this hub's alone.
    const isFree = owner === undefined || !store.shared || hasLeft || clock.now() - seen.since >= silentMs;
    return { owner, isFree };
  }

  async function tryClaim(): Promise<Claim | undefined> {
    const { owner, isFree } = await look();
    if (!isFree) return undefined;
    const mine: Owner = { epoch: (owner?.epoch ?? 0) + 1, hub };
    const now = await documents.update(ownerKey, (current) =>
      JSON.stringify(current) === JSON.stringify(owner) ? mine : current,
    );
    if (JSON.stringify(now) !== JSON.stringify(mine)) return undefined;
    return begin(mine);
  }

  function begin({ epoch }: Owner): Claim {
    const guard: Guard = { collection: ownersCollection, key: ownerKey, is: { epoch, hub } };
    const ending = new AbortController();
    const { signal } = ending;
    const beat = async (count: number | undefined) => documents.writeIf(guard, [[beatKey, { epoch, count }]]);

    async function beats(): Promise<void> {
      for (let count = 0; !signal.aborted; count++) {
        try {
          if (!(await beat(count))) return;
        } catch (thrown) {
          // Nothing can be saved meanwhile, so nothing is done either.
          log.debug({ environment, err: toAppError(thrown) }, "cannot say that this hub drives");
        }
        await clock.sleep(beatMs, { signal });
      }
    }

    const running = store.shared
      ? beats().catch((thrown: unknown) => {
          if (!isAbort(thrown) && !signal.aborted) throw thrown;
        })
      : Promise.resolve();
    return {
      guard,
      async release() {
        ending.abort();
        await running;
        await beat(undefined).catch(() => false);
      },
    };
  }

  return {
    tryClaim,
    async claim({ signal, look: between }) {
      for (;;) {
        signal?.throwIfAborted();
        try {
          const claimed = await tryClaim();
          if (claimed !== undefined) return claimed;
          await between();
        } catch (thrown) {
          signal?.throwIfAborted();
          log.debug({ environment, err: toAppError(thrown) }, "cannot look who drives");
        }
        await clock.sleep(beatMs, { signal });
      }
    },
  };
}
