import { backoffMs } from "../../common/async/index.ts";
import { displayRef, type Manifest } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import { leftAs } from "../inventory/index.ts";
import { fieldsHash, withoutIgnored } from "../observe/index.ts";
import type { LiveObject } from "../ports.ts";
import { type Context, entryOf, manifestOf, rulesOf, treatmentFor } from "./context.ts";
import { rescue } from "./rescue.ts";
import type { ObjectState } from "./state.ts";
import { takeOver } from "./take-over.ts";

const retry = { firstMs: 1_000, maxMs: 60_000 };

/** Writes one object because its content is new. Never throws: what goes wrong is the object's state, and is tried again. */
export async function writeObject(context: Context, object: ObjectState, signal: AbortSignal): Promise<void> {
  await context.locks.run(object.key, async () => {
    if (signal.aborted || !isWanted(context, object)) return;
    try {
      const { problem } = treatmentFor(context, object);
      if (problem !== "") throw new AppError("INVALID_ARGUMENT", `Cannot apply ${displayRef(object.ref)}: ${problem}`);
      const manifest = await manifestOf(context, object);
      const { apiVersion } = object.assigned;
      const hasRules = rulesOf(context, object).length > 0;
      await applyNow(
        context,
        object,
        manifest,
        hasRules ? await context.writer(object.application).get(apiVersion, object.ref) : undefined,
      );
      succeeded(object);
    } catch (thrown) {
      failed(context, object, thrown);
    }
  });
  // The pass is over; the next one records what this write changed in the inventory.
  if (signal.aborted) context.again(object.application);
  context.refresh(object);
}

/**
 * To be called with the object's lock held. Remembers what the object looks like when it is as we wrote it. `before`: what it
 * replaces, where drift rules leave some of that to others.
 */
export async function applyNow(
  context: Context,
  object: ObjectState,
  manifest: Manifest,
  before: LiveObject | undefined,
): Promise<LiveObject> {
  const rules = rulesOf(context, object);
  const { digest, apiVersion } = object.assigned;
  const { application, ref } = object;
  const applied = before === undefined ? manifest : withoutIgnored(manifest, before, rules);
  let live: LiveObject;
  try {
    const written = await context
      .writer(application)
      .apply(applied, ref)
      .catch((thrown: unknown) => rescue(context, object, applied, thrown));
    live = await takeOver(context, object, applied, written);
  } catch (thrown) {
    const entry = entryOf(context, object);
    // It may have arrived: what is there is unknown until it is written again.
    if (entry !== undefined && toAppError(thrown).retryable)
      context.store.update(application, { ...entry, digest: "" });
    throw thrown;
  }
  const { uid } = live.metadata;
  context.store.update(application, { ref, apiVersion, uid, digest, fieldsHash: leftAs(fieldsHash(live), rules) });
  context.observer.found(ref);
  context.observer.record(ref, live);
  // A newer generation came meanwhile and was planned without knowing of this write.
  if (object.assigned.digest !== digest || !isWanted(context, object)) context.again(application);
  return live;
}

export function succeeded(object: ObjectState): void {
  object.error = "";
  object.attempt = 0;
  object.retryAt = 0;
  object.isDoneAndGone = false;
  object.isGoing = false;
}

export function failed(context: Context, object: ObjectState, thrown: unknown): void {
  if (context.signal.aborted) return;
  const error = toAppError(thrown);
  object.attempt++;
  const delay = Math.max(error.retryAfterMs ?? 0, backoffMs(object.attempt, context.random(), retry));
  object.error = withSource(error, object.assigned.source);
  object.retryAt = context.clock.now() + delay;
  context.log.warn(
    { environment: context.environment, application: object.application, error: object.error },
    "object failed",
  );
  context.timers.set(`retry/${object.application}/${object.key}`, delay, () => {
    object.retryAt = 0;
    context.refresh(object);
    context.again(object.application);
  });
}

export function isWanted(context: Context, object: ObjectState): boolean {
  return context.applications.get(object.application)?.objects.get(object.key) === object;
}

function withSource(error: AppError, source: string): string {
  return source === "" ? error.message : `${error.message} (${source})`;
}
