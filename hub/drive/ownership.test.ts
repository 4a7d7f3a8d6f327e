import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Clock } from "../../common/async/index.ts";
import { defaultRolloutPolicy, type Environment } from "../../common/domain/index.ts";
import { silentLogger } from "../../common/telemetry/index.ts";
import { createMemoryCollections } from "../../test/fakes/memory-collection.ts";
import { seeded } from "../../test/fakes/seeded.ts";
import { createFleetState, type FleetState } from "../desk/index.ts";
import type { ClusterRecord, Collection, Guard, HubStore } from "../ports.ts";
import { clusterEntry, createRolloutState } from "../rollout/index.ts";
import { createDriver } from "./driver.ts";
import { createOwnedDriver, type OwnedDriver } from "./owned-driver.ts";
import { createOwnership } from "./ownership.ts";
import { createRolloutStore } from "./rollout-store.ts";

const clusters = ["a", "b", "c"];
const environment: Environment = {
  name: "prod",
  branch: "main",
  from: [],
  clusters: { matchLabels: {}, matchExpressions: [] },
  values: {},
  guards: { maxDeletes: { most: 10, isPercent: true }, allowEmpty: false },
  promotion: undefined,
  rollout: defaultRolloutPolicy,
};

/** Time that only goes on when nothing else can. */
function createWorldClock() {
  let now = 1_000_000;
  let timers: { readonly at: number; readonly wake: () => void }[] = [];
  const sleep: Clock["sleep"] = (ms, { signal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const stop = () => reject(signal?.reason);
      const wake = () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      timers.push({ at: now + ms, wake });
      signal?.addEventListener("abort", stop, { once: true });
    });
  return {
    now: () => now,
    sleep,
    async advance(ms: number): Promise<void> {
      const end = now + ms;
      for (;;) {
        for (let quiet = 0; quiet < 12; quiet++) await turn();
        const next = timers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
        if (next > end) break;
        now = Math.max(now, next);
        const due = timers.filter(({ at }) => at <= now);
        timers = timers.filter(({ at }) => at > now);
        for (const { wake } of due) wake();
      }
      now = end;
    },
  };
}

type World = ReturnType<typeof createWorldClock>;

interface SimulatedHub {
  readonly driver: OwnedDriver;
  readonly fleet: FleetState;
  /** The process stands still: whatever it waits for comes later. */
  pause(): void;
  wake(): void;
  /** For good. */
  kill(): void;
}

interface Written {
  readonly collection: string;
  readonly epoch: number;
  readonly hub: string;
}

/** Hubs that share collections; each answer of the store may be late, for ever when its hub is dead. */
function createSharedStore(world: World, random: () => number) {
  const collections = createMemoryCollections();
  const written: Written[] = [];
  function storeFor(held: () => Promise<void> | undefined): HubStore {
    const late = async <T>(work: () => Promise<T>): Promise<T> => {
      await held();
      if (random() < 0.2) await world.sleep(Math.floor(random() * 400));
      const result = await work();
      if (random() < 0.2) await world.sleep(Math.floor(random() * 400));
      // What was written stays written, but its writer hears of it late.
      await held();
      return result;
    };
    return {
      description: "shared",
      shared: true,
      collection<T>(name: string): Collection<T> {
        const inner = collections<T>(name);
        const wrote = (epoch: number, hub: string) => written.push({ collection: name, epoch, hub });
        return {
          get: (key) => late(() => inner.get(key)),
          set: (key, value) => late(async () => (wrote(Number.NaN, "unguarded"), inner.set(key, value))),
          delete: (key) => late(async () => (wrote(Number.NaN, "unguarded"), inner.delete(key))),
          entries: (prefix) => late(() => inner.entries(prefix)),
          write: (changes) => late(async () => (wrote(Number.NaN, "unguarded"), inner.write(changes))),
          update: (key, change) => late(() => inner.update(key, change)),
          writeIf: (guard, changes) =>
            late(async () => {
              const { epoch, hub } = guard.is as { readonly epoch: number; readonly hub: string };
              const holds = await inner.writeIf(guard, changes);
              if (holds && changes.length > 0) wrote(epoch, hub);
              return holds;
            }),
        };
      },
      close: async () => undefined,
    };
  }
  return { storeFor, written, collections };
}

async function startHub(
  name: string,
  world: World,
  shared: ReturnType<typeof createSharedStore>,
): Promise<SimulatedHub> {
  let holding: Promise<void> | undefined;
  let letGo = () => undefined as void;
  const store = shared.storeFor(() => holding);
  // A process that stands still does not see its timers either.
  const clock: Clock = {
    now: world.now,
    async sleep(ms, options) {
      await world.sleep(ms, options);
      await holding;
    },
  };
  const fleet = createFleetState();
  for (const cluster of clusters) {
    fleet.clusters.set(cluster, { name: cluster, labels: {} } as unknown as ClusterRecord);
    fleet.connected.add(cluster);
  }
  const rollouts = createRolloutStore(store, "prod");
  const offers = store.collection<string>("offers");
  const log = silentLogger();
  const driver = await createOwnedDriver(
    {
      ownership: createOwnership({ store, clock, log, hub: name }, "prod"),
      at: rollouts.at,
      async load() {
        const stored = await rollouts.load();
        const fresh = { state: createRolloutState("prod", defaultRolloutPolicy, undefined), seen: undefined, at: 0 };
        return { saved: stored ?? fresh, stored: stored !== undefined };
      },
      create(which, first, guard: Guard, lost) {
        const saved = () => undefined;
        return createDriver(
          {
            ...{ fleet, store: rollouts, guard, lost, clock, log, saved, perform: () => undefined },
            async assign(cluster) {
              const told = clusterEntry(driver.state().clusters, cluster)?.assigned;
              if (told !== undefined) await offers.writeIf(guard, [[cluster, told]]);
            },
          },
          { environment: which, ...first },
        );
      },
      watched: () => undefined,
      tookOver: async () => undefined,
      log,
    },
    environment,
  );
  const pause = () => {
    if (holding !== undefined) return;
    holding = new Promise((resolve) => {
      letGo = () => {
        holding = undefined;
        resolve();
      };
    });
  };
  return { driver, fleet, pause, wake: () => letGo(), kill: pause };
}

const release = (revision: string) => ({
  release: { id: revision, revision, authors: [], manual: true, revertOf: undefined, seed: 1 },
  hold: undefined,
});

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  "hubs that pause, die and wake: one drives at a time, and whoever is left ends the rollout: seed %i",
  async (seed) => {
    const random = seeded(seed);
    const world = createWorldClock();
    const shared = createSharedStore(world, random);
    const hubs: SimulatedHub[] = [];
    const starting = ["x", "y", "z"].map(async (name) => hubs.push(await startHub(name, world, shared)));
    await world.advance(10_000);
    await Promise.all(starting);

    for (let round = 1; round <= 4; round++) {
      for (const hub of hubs) {
        hub.driver.follow(environment, async () => release(`r${round}`)).catch(() => undefined);
        const chance = random();
        if (chance < 0.35) hub.pause();
        else if (chance < 0.7) hub.wake();
      }
      await world.advance(Math.floor(random() * 12_000));
    }
    // One is dead, one stood still all the time and wakes now, one works.
    const [dead, slow, last] = [...hubs].sort(() => random() - 0.5);
    dead?.kill();
    slow?.pause();
    last?.wake();
    await world.advance(15_000);
    expect(last?.driver.guard()).toBeDefined();
    slow?.wake();
    last?.driver.follow(environment, async () => release("end")).catch(() => undefined);
    await world.advance(20_000);

    // An epoch is of one hub, and nothing of an older one is written after a newer has begun.
    expect(shared.written.filter(({ hub }) => hub === "unguarded")).toEqual([]);
    const owners = new Map(shared.written.map(({ epoch, hub }) => [epoch, hub]));
    expect(shared.written.every(({ epoch, hub }) => owners.get(epoch) === hub)).toBe(true);
    const epochs = shared.written.map(({ epoch }) => epoch);
    expect(epochs).toEqual(epochs.toSorted((left, right) => left - right));
    expect(last?.driver.state().run?.revision).toBe("end");
    const offers = await shared.collections<string>("offers").entries();
    expect(Object.fromEntries(offers)).toEqual({ a: "end", b: "end", c: "end" });
    for (const hub of hubs) {
      hub.wake();
      void hub.driver.close();
    }
    await world.advance(5_000);
  },
);
