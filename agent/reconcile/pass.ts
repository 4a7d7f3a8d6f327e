import { defaultDeleteBudget, type ObjectRef, refKey } from "../../common/domain/index.ts";
import { concurrently } from "../apply/index.ts";
import { withIntent } from "../inventory/index.ts";
import { kindKey } from "../observe/index.ts";
import { type ApplyStep, type Desired, type Plan, type PlannedApplication, plan, type Stage } from "../plan/index.ts";
import { dropVanished } from "./adopt.ts";
import type { Context } from "./context.ts";
import type { Corrections } from "./corrections.ts";
import type { Prunes } from "./prunes.ts";
import type { Publisher } from "./publisher.ts";
import { recoverLost } from "./recovery.ts";
import type { ApplicationState, ObjectState } from "./state.ts";
import type { Steps } from "./steps.ts";
import { survey } from "./survey.ts";
import type { Waiters } from "./waiters.ts";
import { writeObject } from "./writes.ts";

/** How long a pass waits for what may never come. */
const patienceMs = 10_000;

export interface PassParts {
  readonly context: Context;
  readonly publisher: Publisher;
  readonly corrections: Corrections;
  readonly prunes: Prunes;
  readonly steps: Steps;
  readonly waiters: Waiters;
}

/**
 * One comparison of some applications with the cluster, and what follows from it: record what will be owned, write stage
 * after stage, record what was written, prune. Stops between any two steps when the signal aborts; whatever was left is
 * planned anew by the next pass. Rejects only when the inventory cannot be recorded.
 */
export async function pass(parts: PassParts, dirty: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  const { context, publisher } = parts;
  await observeKinds(parts, signal);
  if (signal.aborted) return;
  // "" stands for the environment itself: it was assigned anew.
  const recovered = dirty.has("") ? recoverLost(context) : new Set<string>();
  const names = withBlocked(context, new Set([...dirty, ...recovered]));
  publisher.begin();
  // Assigned before the cluster could be looked at: nothing was said about it yet.
  for (const name of names) for (const object of objectsOf(context, name)) publisher.refresh(object);
  publisher.publish();
  const states = [...names].flatMap((name) => context.applications.get(name) ?? []);
  await concurrently(states, states.length, signal, (state) => parts.steps.prepare(state));
  if (signal.aborted) return;
  const planned = makePlan(parts, names);
  noteRefused(parts, names, planned);
  noteLeft(parts, names, planned);
  const stages = await survey(context, planned.stages, signal);
  if (signal.aborted) return;
  recordIntent(context, names, stages);
  recordStandings(context, planned);
  await context.store.flush();
  for (const { name, steps } of stages) {
    if (signal.aborted) return;
    await concurrently(steps, context.concurrency, signal, (step) => perform(parts, step, signal));
    if (name === "definitions") await awaitDefinitions(parts, steps, signal);
  }
  await context.store.flush();
  if (signal.aborted) return;
  await parts.prunes.run(planned.prunes, signal);
  await concurrently(states, states.length, signal, (state) => parts.steps.advance(state, planned, signal));
  await context.store.flush();
  noteWaiting(parts, names, planned);
  judgeAdditions(parts, names);
  dropVanished(context, publisher);
  publisher.publish();
}

/** What holds the deletes of one application may be what another one deletes. */
function withBlocked({ applications }: Context, dirty: ReadonlySet<string>): ReadonlySet<string> {
  const blocked = [...applications.values()].filter((state) => (state.blocked ?? null) !== null);
  return blocked.length === 0 ? dirty : new Set([...dirty, ...blocked.map(({ name }) => name)]);
}

/** Strictness may be new, and what people added is in no plan. */
function judgeAdditions({ context, corrections }: PassParts, names: ReadonlySet<string>): void {
  for (const name of names) {
    if (context.index().bodies.get(name)?.policy.driftStrict !== true) continue;
    for (const object of objectsOf(context, name)) corrections.judge(object);
  }
}

async function observeKinds(parts: PassParts, signal: AbortSignal): Promise<void> {
  const { context } = parts;
  const kinds = new Map<string, string>();
  const add = (ref: ObjectRef, apiVersion: string) => {
    if (!kinds.has(kindKey(ref))) kinds.set(kindKey(ref), apiVersion);
  };
  for (const { objects } of context.index().bodies.values()) {
    for (const { ref, apiVersion, hook } of objects) if (hook?.moments.length !== 0) add(ref, apiVersion);
  }
  for (const { entries } of context.store.inventory().values()) {
    for (const { ref, apiVersion } of entries.values()) add(ref, apiVersion);
  }
  for (const name of context.hooks.names()) {
    const { deletion = [], made = {} } = context.hooks.record(name) ?? {};
    for (const { ref, apiVersion } of [...deletion.map(({ object }) => object), ...Object.values(made)])
      add(ref, apiVersion);
  }
  for (const [kind, apiVersion] of context.store.lostKinds()) if (!kinds.has(kind)) kinds.set(kind, apiVersion);
  const bodies = [...context.index().bodies.values()].filter(({ policy }) => policy.health.length > 0);
  const checks = new Map(bodies.map(({ name, policy }) => [name, policy.health]));
  context.observer.require(context.environment, kinds, checks);
  await parts.waiters.until(() => context.observer.isSettled(), patienceMs, signal);
}

function makePlan(parts: PassParts, names: ReadonlySet<string>): Plan {
  const { context } = parts;
  const index = context.index();
  const planned = (wanted: (name: string) => boolean) =>
    [...context.applications.values()].filter(({ name }) => wanted(name)).map((state) => plannedOf(parts, state));
  const { header, body, absenceIsTrusted } = index.desired;
  const confirmed = new Map(header.confirmedPrunes?.map(({ application, digest }) => [application, digest]));
  const desired: Desired = {
    environment: context.environment,
    applications: planned((name) => names.has(name)),
    others: () => planned((name) => !names.has(name)),
    absenceIsTrusted,
    maxDeletes: body.maxDeletes ?? defaultDeleteBudget,
    confirmed: (application) => confirmed.get(application),
    claimants: (key) => index.claimants(key),
  };
  return plan(desired, context.store.inventory(), context.observer.live);
}

function plannedOf({ publisher, steps }: PassParts, state: ApplicationState): PlannedApplication {
  const { name, body, fault, heldReason, isSettled } = state;
  return {
    name,
    body,
    mayApply: body !== undefined && fault === "" && publisher.waitsFor(state).length === 0 && state.steps.fault === "",
    mayPrune: isSettled && fault === "" && heldReason === undefined && steps.mayPrune(state),
    isHeld: heldReason !== undefined,
    progress: steps.progress(state),
  };
}

function noteRefused({ context, publisher }: PassParts, names: ReadonlySet<string>, planned: Plan): void {
  const reasons = new Map(
    planned.refused.map(({ application, ref, reason }) => [`${application}/${refKey(ref)}`, reason]),
  );
  for (const name of names) {
    for (const object of objectsOf(context, name)) {
      const reason = reasons.get(`${name}/${object.key}`);
      if (reason === undefined && !object.isRefused) continue;
      object.isRefused = reason !== undefined;
      object.error = reason ?? "";
      publisher.refresh(object);
    }
  }
}

function noteLeft({ context, publisher }: PassParts, names: ReadonlySet<string>, planned: Plan): void {
  const reasons = new Map(
    planned.left.map(({ application, ref, reason }) => [`${application}/${refKey(ref)}`, reason]),
  );
  for (const name of names) {
    for (const object of objectsOf(context, name)) {
      const reason = reasons.get(`${name}/${object.key}`) ?? "";
      if (reason === "ignored") context.store.remove(name, object.key);
      if (reason === object.left || (reason === "" && object.left === "present")) continue;
      object.left = reason;
      object.error = "";
      object.drift = "";
      publisher.refresh(object);
    }
  }
}

function recordIntent(context: Context, names: ReadonlySet<string>, stages: readonly Stage[]): void {
  const inventory = context.store.inventory();
  const steps = stages.flatMap((stage) => stage.steps);
  const byApplication = byApplicationOf(steps.filter(({ reason }) => reason === "new" || reason === "changed"));
  for (const name of names) {
    const owned = inventory.get(name);
    const objects = (byApplication.get(name) ?? []).map(({ object }) => object);
    const policy = context.index().bodies.get(name)?.policy ?? owned;
    if (policy === undefined || (owned === undefined && objects.length === 0)) continue;
    const intended = withIntent(owned, objects, policy);
    if (intended !== owned) context.store.replace(name, intended);
  }
}

function recordStandings({ store }: Context, { standings }: Plan): void {
  for (const { application, entry } of standings) {
    // What is about to be written has lost its standing already.
    const isUnknown = store.inventory().get(application)?.entries.get(refKey(entry.ref))?.digest === "";
    if (!isUnknown || entry.standing !== undefined) store.update(application, entry);
  }
}

async function perform(
  parts: PassParts,
  { application, object, reason }: ApplyStep,
  signal: AbortSignal,
): Promise<void> {
  const { context } = parts;
  const state = context.applications.get(application)?.objects.get(refKey(object.ref));
  if (state === undefined || state.retryAt > context.clock.now()) return;
  if (!context.observer.live.knows(object.ref)) {
    state.error = `Objects of kind ${object.ref.kind} could not be listed yet: whose they are is unknown`;
    parts.publisher.refresh(state);
  } else if (reason === "missing" || reason === "drifted") await parts.corrections.examine(state);
  else await writeObject(context, state, signal);
}

/** New kinds can be used once their definitions are established. One that never is does not hold up the rest. */
async function awaitDefinitions(parts: PassParts, steps: readonly ApplyStep[], signal: AbortSignal): Promise<void> {
  const { context } = parts;
  const keys = steps
    .filter(({ object }) => object.ref.kind === "CustomResourceDefinition")
    .map(({ object }) => refKey(object.ref));
  if (keys.length === 0) return;
  const isDone = (key: string) => {
    const health = context.observer.get(key)?.health.state;
    return health === undefined || health === "Healthy" || health === "Degraded";
  };
  await parts.waiters.until(() => keys.every(isDone), patienceMs, signal);
  if (signal.aborted) return;
  context.observer.retryUnknownKinds();
  await parts.waiters.until(() => context.observer.isSettled(), patienceMs, signal);
}

function noteWaiting({ context, publisher }: PassParts, names: ReadonlySet<string>, planned: Plan): void {
  const waiting = byApplicationOf(planned.waiting);
  for (const name of names) {
    const state = context.applications.get(name);
    const blocked = planned.blocked.get(name);
    if (state === undefined || blocked === undefined) continue;
    // Its hooks waited to know.
    const isFree = blocked === null && state.blocked !== null;
    if (isFree && state.body === undefined && context.hooks.record(name) !== undefined) context.again(name);
    publisher.waits(state, waiting.get(name) ?? [], blocked);
  }
}

function objectsOf(context: Context, application: string): Iterable<ObjectState> {
  return context.applications.get(application)?.objects.values() ?? [];
}

function byApplicationOf<T extends { readonly application: string }>(items: readonly T[]): ReadonlyMap<string, T[]> {
  const lists = new Map<string, T[]>();
  for (const item of items) {
    const list = lists.get(item.application);
    if (list === undefined) lists.set(item.application, [item]);
    else list.push(item);
  }
  return lists;
}
