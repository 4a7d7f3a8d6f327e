import { backoffMs } from "../../common/async/index.ts";
import { displayRef, ownershipLabels, refKey } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import { concurrently, type Seen } from "../apply/index.ts";
import type { Observed } from "../observe/index.ts";
import { compareKinds, type PruneStep } from "../plan/index.ts";
import type { Context } from "./context.ts";

const retry = { firstMs: 1_000, maxMs: 60_000 };

/** Deletes what is wanted no more, kind after kind, and forgets what is gone. An entry stays until the object is seen to be gone. */
export interface Prunes {
  run(steps: readonly PruneStep[], signal: AbortSignal): Promise<void>;
}

export function createPrunes(context: Context): Prunes {
  /** uid of what a delete was sent for and that was not seen to go yet, by key. */
  const sent = new Map<string, string>();

  async function perform(step: PruneStep, signal: AbortSignal): Promise<void> {
    const { application, entry } = step;
    const key = refKey(entry.ref);
    await context.locks.run(key, async () => {
      if (signal.aborted) return;
      // A write that was under way while this was planned may have changed it.
      const facts = context.observer.get(key);
      const isOurs = facts?.environment === context.environment && facts.application === application;
      if (step.action === "forget") {
        if (isOurs) context.again(application);
        else forget(application, key);
        return;
      }
      if (!isOurs || sent.get(key) === facts.uid) return;
      const done = step.action === "release" ? release(step, key) : remove(step, key, facts);
      await done.catch((thrown: unknown) => failed(step, key, thrown));
    });
  }

  /** Without our labels it is nobody's: whoever wants it next may have it. */
  async function release({ application, entry }: PruneStep, key: string): Promise<void> {
    const live = await context.writer(application).get(entry.apiVersion, entry.ref);
    const labels = Object.values(ownershipLabels).filter((label) => live?.metadata.labels?.[label] !== undefined);
    if (live !== undefined && labels.length > 0) {
      await context.writer(application).removeFields(
        entry.ref,
        live,
        labels.map((label) => ["metadata", "labels", label]),
      );
    }
    context.observer.record(entry.ref, undefined);
    succeeded(application, key);
    context.log.info({ environment: context.environment, application, object: displayRef(entry.ref) }, "released");
    forget(application, key);
  }

  function succeeded(application: string, key: string): void {
    const state = context.applications.get(application);
    state?.pruneErrors.delete(key);
    if (state?.pruneErrors.size === 0) state.pruneAttempt = 0;
  }

  async function remove(step: PruneStep & { action: "delete" }, key: string, seen: Observed) {
    const { application, entry, uid } = step;
    const outcome = await deleteAsSeen(step, { uid, resourceVersion: seen.resourceVersion });
    if (outcome === "changed") {
      // What was decided was about another state of it: it may say by now that it is to stay.
      context.observer.record(entry.ref, await context.writer(application).get(entry.apiVersion, entry.ref));
      return context.again(application);
    }
    succeeded(application, key);
    context.log.info({ environment: context.environment, application, object: displayRef(entry.ref) }, "pruned");
    if (outcome === "deleted") {
      sent.set(key, uid);
      return;
    }
    context.observer.record(entry.ref, await context.writer(application).get(entry.apiVersion, entry.ref));
    context.again(application);
  }

  async function deleteAsSeen({ application, entry }: PruneStep, seen: Seen) {
    try {
      return await context.writer(application).delete(entry.apiVersion, entry.ref, seen);
    } catch (thrown) {
      if (toAppError(thrown).code === "ABORTED") return "changed";
      throw thrown;
    }
  }

  function failed({ application }: PruneStep, key: string, thrown: unknown): void {
    if (context.signal.aborted) return;
    const error = toAppError(thrown);
    const state = context.applications.get(application);
    // The kind is gone, and its objects with it.
    if (error.details["kindUnknown"] === true) return forget(application, key);
    if (state === undefined) return;
    state.pruneErrors.set(key, error.message);
    state.pruneAttempt++;
    const delay = backoffMs(state.pruneAttempt, context.random(), retry);
    context.log.warn({ environment: context.environment, application, error: error.message }, "prune failed");
    context.timers.set(`prune/${application}`, delay, () => context.again(application));
  }

  function forget(application: string, key: string): void {
    sent.delete(key);
    context.applications.get(application)?.pruneErrors.delete(key);
    context.store.remove(application, key);
  }

  return {
    async run(steps, signal) {
      for (const alike of byKind(steps)) {
        if (signal.aborted) return;
        await concurrently(alike, context.concurrency, signal, (step) => perform(step, signal));
      }
    },
  };
}

/** Runs of steps that may be done at the same time. */
function byKind(steps: readonly PruneStep[]): readonly (readonly PruneStep[])[] {
  const runs: PruneStep[][] = [];
  for (const step of steps) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (last !== undefined && compareKinds(last.entry.ref, step.entry.ref) === 0) run?.push(step);
    else runs.push([step]);
  }
  return runs;
}
