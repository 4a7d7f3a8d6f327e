import pLimit from "p-limit";
import type { Clock } from "../../common/async/index.ts";
import type { Environment } from "../../common/domain/index.ts";
import { AppError, isAbort, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import type { FleetState } from "../desk/index.ts";
import type { Guard } from "../ports.ts";
import {
  clusterEntries,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
  revisionOf,
  step,
} from "../rollout/index.ts";
import { awayAt, clusterEvents } from "./cluster-facts.ts";
import type { Arrival } from "./release.ts";
import type { RolloutStore, Saved } from "./rollout-store.ts";

/** Assignments that are made at a time: each is a write to the store. */
const assignsAtOnce = 32;
const retryMs = 1_000;

export interface DriverDependencies {
  readonly fleet: FleetState;
  readonly store: Pick<RolloutStore, "save">;
  readonly guard: Guard;
  /** Another hub has taken over: nothing of what was not saved counts, and nothing more is done. */
  readonly lost: () => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly assign: (cluster: string) => Promise<void>;
  /** Gates, reverts and notices: whatever answers with events, later. */
  readonly perform: (effect: RolloutEffect, answer: (event: Answer) => void) => void;
  /** A state was saved. */
  readonly saved: (state: RolloutState) => void;
}

/** An event without its time: the driver puts it in. */
export type Answer = RolloutEvent extends infer Each ? (Each extends RolloutEvent ? Omit<Each, "at"> : never) : never;

/**
 * Drives the rollouts of one environment: load → step → save → perform, one batch after the other. What happens while a batch is
 * saved makes the next one, so a thousand reports cost a few writes.
 */
export interface Driver {
  readonly state: () => RolloutState;
  /**
   * The environment as fleet.yaml has it now, and its newest revision unless it was seen before. Resolves when it is saved and
   * the assignments that came of it are made.
   */
  follow(environment: Environment, release: (seen: string | undefined) => Promise<Arrival | undefined>): Promise<void>;
  /** Something may have changed about these clusters. */
  look(clusters: Iterable<string>): void;
  /** Resolves when it is saved. FAILED_PRECONDITION with the reason when it did nothing. */
  operate(event: Answer): Promise<void>;
  /** Ends what runs; stored is what is needed to go on. */
  close(): Promise<void>;
}

interface Request {
  /** Throws: nothing of it counts. */
  readonly apply: (draft: Draft) => void;
  readonly done: (error?: unknown) => void;
}

interface Draft {
  saved: Saved;
  readonly effects: RolloutEffect[];
  step(event: Answer): readonly RolloutEffect[];
}

export function createDriver(
  dependencies: DriverDependencies,
  first: { readonly environment: Environment; readonly saved: Saved; readonly stored: boolean },
): Driver {
  const { fleet, store, clock, log } = dependencies;
  const lost = new AppError(
    "UNAVAILABLE",
    `Another hub drives the rollouts of "${first.environment.name}" now: ask that one`,
  );
  const closing = new AbortController();
  const since = clock.now();
  const limit = pLimit(assignsAtOnce);
  const assigning = new Set<Promise<void>>();
  const dirty = new Set<string>();
  let environment = first.environment;
  let saved = first.saved;
  let isStored = first.stored;
  let requests: Request[] = [];
  let pumping: Promise<void> | undefined;
  let alarm: AbortController | undefined;
  let alarmAt = Number.POSITIVE_INFINITY;
  let awayCheckAt = Number.POSITIVE_INFINITY;

  function draftOf(base: Saved): Draft {
    const draft: Draft = {
      saved: base,
      effects: [],
      step(event) {
        const at = Math.max(draft.saved.at, clock.now());
        const { state, effects } = step(draft.saved.state, { ...event, at });
        draft.saved = { ...draft.saved, state, at };
        draft.effects.push(...effects.filter(({ type }) => type !== "refuse"));
        return effects;
      },
    };
    return draft;
  }

  function lookAt(draft: Draft, clusters: Iterable<string>): void {
    for (const cluster of clusters) {
      const now = { at: Math.max(draft.saved.at, clock.now()), since };
      for (const event of clusterEvents(fleet, environment, draft.saved.state, cluster, now)) draft.step(event);
      const away = awayAt(fleet, cluster, since);
      if (away > now.at && away < awayCheckAt) awayCheckAt = away;
    }
  }

  function pump(): void {
    pumping ??= run().finally(() => {
      pumping = undefined;
      if ((requests.length > 0 || dirty.size > 0) && !closing.signal.aborted) pump();
    });
  }

  async function run(): Promise<void> {
    // Let what happens at the same moment come into the same batch.
    await Promise.resolve();
    while (requests.length > 0 || dirty.size > 0) {
      if (closing.signal.aborted) return;
      const batch = requests;
      const looked = [...dirty];
      requests = [];
      dirty.clear();
      try {
        await work(batch, looked);
      } catch (thrown) {
        if (thrown === lost) return leave(batch);
        // The store is away: nothing was done, so all of it is still to be done.
        requests = [...batch, ...requests];
        for (const cluster of looked) dirty.add(cluster);
        if (closing.signal.aborted) return;
        log.error(
          { environment: environment.name, err: toAppError(thrown) },
          "cannot save a rollout: it is tried again",
        );
        await clock.sleep(retryMs, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }

  function leave(batch: readonly Request[]): void {
    closing.abort();
    alarm?.abort();
    for (const { done } of [...batch, ...requests.splice(0)]) done(lost);
    dependencies.lost();
  }

  async function work(batch: readonly Request[], looked: readonly string[]): Promise<void> {
    const draft = draftOf(saved);
    lookAt(draft, looked);
    const outcomes = batch.map(({ apply, done }) => {
      const before = draft.saved;
      const effects = draft.effects.length;
      try {
        apply(draft);
        return () => done();
      } catch (thrown) {
        draft.saved = before;
        draft.effects.length = effects;
        return () => done(thrown);
      }
    });
    const isNew = draft.saved.state !== saved.state || draft.saved.seen !== saved.seen || !isStored;
    if (isNew || draft.effects.length > 0) {
      const next = isNew ? draft.saved : saved;
      if (!(await store.save(dependencies.guard, isStored ? saved : undefined, next))) throw lost;
    }
    if (isNew) {
      isStored = true;
      tell(saved.state, draft.saved.state);
      saved = draft.saved;
      dependencies.saved(saved.state);
    }
    for (const effect of draft.effects) perform(effect);
    for (const outcome of outcomes) outcome();
    wake();
  }

  /** What is new in the history goes into the log: who reads only that can follow. */
  function tell(before: RolloutState, after: RolloutState): void {
    const known = new Set(before.history);
    for (const { revision, what, actor, reason } of after.history.filter((each) => !known.has(each))) {
      const line = {
        environment: environment.name,
        revision: revisionOf(revision),
        actor,
        ...(reason === "" ? {} : { reason }),
      };
      log.info(line, `rollout: ${what}`);
    }
  }

  function perform(effect: RolloutEffect): void {
    switch (effect.type) {
      case "assign":
        return assign(effect.cluster);
      case "wake":
        alarmAt = effect.wakeAt ?? Number.POSITIVE_INFINITY;
        return;
      default:
        return dependencies.perform(effect, (event) => request((draft) => void draft.step(event)));
    }
  }

  function assign(cluster: string): void {
    const run = limit(async () => {
      for (;;) {
        try {
          if (closing.signal.aborted) return;
          return await dependencies.assign(cluster);
        } catch (thrown) {
          if (isAbort(thrown) || closing.signal.aborted) return;
          log.error({ cluster, err: toAppError(thrown) }, "cannot assign: it is tried again");
          await clock.sleep(retryMs, { signal: closing.signal }).catch(() => undefined);
        }
      }
    }).finally(() => assigning.delete(run));
    assigning.add(run);
  }

  /** One timer, for what comes first: the rollout's own time, or a cluster that counts as offline from then on. */
  function wake(): void {
    // With every event: without a reason it would make an error with a stack each time.
    alarm?.abort("set anew");
    const at = Math.min(alarmAt, awayCheckAt);
    if (at === Number.POSITIVE_INFINITY || closing.signal.aborted) return;
    const own = new AbortController();
    alarm = own;
    // Timers cannot wait for longer than 24 days.
    clock.sleep(Math.min(Math.max(0, at - clock.now()), 2 ** 31 - 1), { signal: own.signal }).then(
      () => {
        if (clock.now() >= awayCheckAt) {
          awayCheckAt = Number.POSITIVE_INFINITY;
          for (const [cluster] of clusterEntries(saved.state.clusters)) {
            if (!fleet.connected.has(cluster)) dirty.add(cluster);
          }
        }
        if (clock.now() >= alarmAt) alarmAt = Number.POSITIVE_INFINITY;
        request((draft) => void draft.step({ type: "tick" }));
      },
      () => undefined,
    );
  }

  function request(apply: Request["apply"], done: Request["done"] = () => undefined): void {
    if (closing.signal.aborted) return done(new AppError("UNAVAILABLE", "The hub is stopping"));
    requests.push({ apply, done });
    pump();
  }

  function take(draft: Draft, { release, hold, sameAs = [] }: Arrival): void {
    if (release.revision === draft.saved.seen) return;
    draft.step({ type: "revision", ...release, sameAs });
    if (hold !== undefined) {
      const { of, ...by } = hold;
      const what = of === undefined ? ({ operation: "hold" } as const) : ({ operation: "rollback", of } as const);
      draft.step({ type: "operation", ...what, ...by });
    }
    draft.saved = { ...draft.saved, seen: release.revision };
  }

  const requested = (apply: Request["apply"]) =>
    new Promise<void>((resolve, reject) =>
      request(apply, (error) => (error === undefined ? resolve() : reject(error))),
    );

  // What an earlier process left undone; a state that is new has nothing of the kind.
  if (first.stored) request((draft) => void draft.step({ type: "restart" }));

  return {
    state: () => saved.state,
    async follow(next, release) {
      environment = next;
      const arrival = await release(saved.seen);
      for (const cluster of fleet.clusters.keys()) dirty.add(cluster);
      for (const [cluster] of clusterEntries(saved.state.clusters)) dirty.add(cluster);
      await requested((draft) => {
        if (next.rollout !== undefined) draft.step({ type: "policy", policy: next.rollout });
        if (arrival !== undefined) take(draft, arrival);
      });
      await Promise.all(assigning);
    },
    look(clusters) {
      for (const cluster of clusters) dirty.add(cluster);
      pump();
    },
    operate: (event) =>
      requested((draft) => {
        const refused = draft.step(event).find(({ type }) => type === "refuse");
        if (refused?.type === "refuse") throw new AppError("FAILED_PRECONDITION", refused.reason);
      }),
    async close() {
      closing.abort();
      alarm?.abort();
      await pumping;
      await Promise.all(assigning);
      for (const { done } of requests.splice(0)) done(new AppError("UNAVAILABLE", "The hub is stopping"));
    },
  };
}
