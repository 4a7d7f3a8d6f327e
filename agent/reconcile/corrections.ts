import { backoffMs, createCoalesced } from "../../common/async/index.ts";
import {
  type DriftField,
  type DriftMode,
  type DriftState,
  displayRef,
  driftAnnotation,
  driftModes,
  fieldManager,
  type Manifest,
} from "../../common/domain/index.ts";
import { createLimiter } from "../apply/index.ts";
import { isAsLeft, leftAs } from "../inventory/index.ts";
import {
  type Addition,
  additions,
  additionsKey,
  type Comparison,
  compareFields,
  fieldsHash,
  isDoneWhenGone,
  judgeContest,
} from "../observe/index.ts";
import type { LiveObject } from "../ports.ts";
import { type Context, entryOf, leftFor, manifestOf, rulesOf, treatmentFor } from "./context.ts";
import type { ObjectState } from "./state.ts";
import { applyNow, failed, isWanted, succeeded } from "./writes.ts";

const unchanged: Comparison = { fields: [], isLost: false };
const deletion: Comparison = { fields: [{ path: "", manager: "", at: "" }], isLost: true };
const pause = { firstMs: 10_000, maxMs: 600_000 };

/** Looks at objects that are not as we left them, says what is different, and puts it right or leaves it, as the mode says. */
export interface Corrections {
  /** Compares what is known; makes requests only when the object is not as we left it. */
  judge(object: ObjectState): void;
  /** Never rejects. */
  examine(object: ObjectState): Promise<void>;
  idle(): Promise<void>;
}

export function createCorrections(context: Context): Corrections {
  const limiter = createLimiter(context.concurrency);
  const examinations = createCoalesced<ObjectState>((object) =>
    limiter(async () => {
      await context.locks.run(object.key, () => lookAt(object));
      context.refresh(object);
    }),
  );

  async function lookAt(object: ObjectState): Promise<void> {
    const entry = entryOf(context, object);
    if (context.signal.aborted || !isWanted(context, object) || isPaused(object)) return;
    // Not written yet in this content: that is the plan's business.
    if (entry === undefined || entry.digest !== object.assigned.digest) return;
    try {
      const manifest = await manifestOf(context, object);
      const live = await context.writer(object.application).get(object.assigned.apiVersion, object.ref);
      context.observer.record(object.ref, live);
      if (leftFor(context, object) !== "") return context.again(object.application);
      const added = live === undefined ? [] : addedTo(object, manifest, live);
      const isSame = live !== undefined && isAsLeft(entry, fieldsHash(live), rulesOf(context, object));
      if (isSame && added.length === 0) {
        object.additionsLeft = additionsKey(live);
        return settle(object);
      }
      if (live === undefined && isDoneWhenGone(manifest)) {
        settle(object);
        object.isDoneAndGone = true;
        return;
      }
      await react(object, manifest, live, isSame, added);
    } catch (thrown) {
      failed(context, object, thrown);
    }
  }

  async function react(
    object: ObjectState,
    manifest: Manifest,
    live: LiveObject | undefined,
    isSame: boolean,
    added: readonly Addition[],
  ): Promise<void> {
    const { fields: changed, isLost } = isSame
      ? unchanged
      : live === undefined
        ? deletion
        : compareFields(manifest, live, rulesOf(context, object));
    if (live !== undefined && !isSame && !isLost) accept(object, live);
    if (live !== undefined && !isLost && added.length === 0) return settle(object);
    const fields = [...changed, ...added.map(({ field }) => field)];
    if (modeOf(object, manifest) === "report") {
      succeeded(object);
      if (fields.length === 0) return settle(object);
      if (object.drift === "" || JSON.stringify(context.drifts.get(object.key)?.fields) !== JSON.stringify(fields)) {
        record(object, "detected", fields);
      }
      object.drift = describeDrift(fields);
      object.leftAt = live?.metadata.resourceVersion ?? "gone";
      return;
    }
    const now = context.clock.now();
    const { verdict, contest } = judgeContest(object.contest, now);
    object.contest = contest;
    if (verdict === "pause") {
      const delay = backoffMs(contest.pauses, context.random(), pause);
      object.pausedUntil = now + delay;
      object.drift = `Contested between "${fieldManager}" and ${rivalOf(fields, live)}: ${describeDrift(fields)}`;
      record(object, "contested", fields);
      context.timers.set(`pause/${object.application}/${object.key}`, delay, () => {
        object.pausedUntil = 0;
        void examinations.request(object);
      });
      return;
    }
    try {
      const applied = isLost ? await applyNow(context, object, manifest, live) : live;
      if (applied !== undefined) await removeAdditions(object, manifest, applied);
      // Its identity may be another one now: the next pass records that.
      context.again(object.application);
    } catch (thrown) {
      if (fields.length > 0) record(object, "detected", fields);
      throw thrown;
    }
    succeeded(object);
    object.drift = "";
    // Without a field, only the ownership of equal values had changed.
    if (fields.length > 0) record(object, "corrected", fields);
  }

  /** Nothing of what we wrote is missing, though the fields that are ours have changed: that is how it is left from now on. */
  function accept(object: ObjectState, live: LiveObject): void {
    const entry = entryOf(context, object);
    if (entry !== undefined)
      context.store.update(object.application, {
        ...entry,
        fieldsHash: leftAs(fieldsHash(live), rulesOf(context, object)),
      });
    // The next pass records it.
    context.again(object.application);
  }

  /** What people added to it, where that is drift. */
  function addedTo(object: ObjectState, manifest: Manifest, live: LiveObject): readonly Addition[] {
    return isStrict(object) ? additions(manifest, live, rulesOf(context, object)) : [];
  }

  function isStrict(object: ObjectState): boolean {
    const isAsked = context.index().bodies.get(object.application)?.policy.driftStrict ?? false;
    return isAsked && treatmentFor(context, object).mode !== "merge";
  }

  async function removeAdditions(object: ObjectState, manifest: Manifest, live: LiveObject): Promise<void> {
    const added = addedTo(object, manifest, live);
    if (added.length === 0) return;
    // The last ones of a list first: the others keep their places.
    const pointers = added.map(({ pointer }) => pointer).toSorted(compareBackwards);
    context.observer.record(
      object.ref,
      await context.writer(object.application).removeFields(object.ref, live, pointers),
    );
  }

  /** It is as we left it. */
  function settle(object: ObjectState): void {
    succeeded(object);
    if (object.drift === "") return;
    object.drift = "";
    const resolved = context.drifts.resolved(object.key, new Date(context.clock.now()).toISOString());
    context.sink.drift(context.environment, object.application, object.ref, resolved);
  }

  function record(object: ObjectState, state: DriftState, fields: readonly DriftField[]): void {
    const at = new Date(context.clock.now()).toISOString();
    const written = context.drifts.occurred(object.key, object.ref, state, fields, at);
    context.sink.drift(context.environment, object.application, object.ref, written);
    context.log.info(
      { environment: context.environment, application: object.application, object: displayRef(object.ref), state },
      "drift",
    );
  }

  function modeOf(object: ObjectState, manifest: Manifest): DriftMode {
    const annotation = manifest.metadata.annotations?.[driftAnnotation];
    const policy = context.index().bodies.get(object.application)?.policy.driftMode ?? "correct";
    return driftModes.find((mode) => mode === annotation) ?? policy;
  }

  /** Nothing changed since it was decided to leave it as it is. */
  function isLeft(object: ObjectState): boolean {
    const facts = context.observer.get(object.key);
    if (facts === undefined && object.isDoneAndGone) return true;
    return object.drift !== "" && object.leftAt === (facts?.resourceVersion ?? "gone");
  }

  function isPaused(object: ObjectState): boolean {
    return object.pausedUntil > context.clock.now();
  }

  return {
    judge(object) {
      if (context.signal.aborted || !isWanted(context, object)) return;
      if (object.left === "present") return;
      const left = leftFor(context, object);
      if (left !== object.left) return context.again(object.application);
      if (left !== "") return;
      const entry = entryOf(context, object);
      // Whoever holds the lock judges again: until then nobody knows which answer the event belongs to.
      if (context.locks.isHeld(object.key) || isPaused(object) || object.retryAt > context.clock.now()) return;
      if (entry === undefined || entry.digest === "" || entry.digest !== object.assigned.digest) return;
      const facts = context.observer.get(object.key);
      if (facts === undefined && !context.observer.live.knows(object.ref)) return;
      if (facts === undefined || !isAsLeft(entry, facts.fieldsHash, rulesOf(context, object))) {
        if (!isLeft(object)) void examinations.request(object);
      } else if (isStrict(object) && facts.additions !== "" && facts.additions !== object.additionsLeft) {
        if (!isLeft(object)) void examinations.request(object);
      } else if (facts.application !== object.application || facts.environment !== context.environment) {
        if (!object.isRefused) context.again(object.application);
      } else if (object.drift !== "" || (object.error !== "" && !object.isRefused)) settle(object);
    },
    async examine(object) {
      if (!isLeft(object)) await examinations.request(object);
    },
    idle: () => examinations.idle(),
  };
}

/** Higher places of a list first. */
function compareBackwards(a: readonly string[], b: readonly string[]): number {
  const index = a.findIndex((step, at) => step !== b[at]);
  const [left = "", right = ""] = [a[index], b[index]];
  return /^\d+$/.test(left) && /^\d+$/.test(right) ? Number(right) - Number(left) : left < right ? 1 : -1;
}

/** "spec.replicas (kubectl), metadata.labels[team]" */
function describeDrift(fields: readonly DriftField[]): string {
  const shown = fields.slice(0, 3).map(({ path, manager }) => {
    const what = path === "" ? "deleted" : path;
    return manager === "" ? what : `${what} (${manager})`;
  });
  return `Drift: ${shown.join(", ")}${fields.length > 3 ? ` and ${fields.length - 3} more` : ""}`;
}

/** A removed field has no owner: then whoever wrote last is suspected. */
function rivalOf(fields: readonly DriftField[], live: LiveObject | undefined): string {
  const owner = fields.find(({ manager }) => manager !== "")?.manager;
  if (owner !== undefined) return `"${owner}"`;
  if (live === undefined) return "somebody who deletes it";
  const others = (live.metadata.managedFields ?? []).filter(({ manager }) => manager !== fieldManager);
  const [last] = others.toSorted((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1));
  return last?.manager === undefined ? "somebody unknown" : `somebody, perhaps "${last.manager}"`;
}
