import { refKey } from "../../common/domain/index.ts";
import { noContest } from "../observe/index.ts";
import { isStaged } from "../plan/index.ts";
import type { Context } from "./context.ts";
import type { Publisher } from "./publisher.ts";
import { placeInventory } from "./scopes.ts";
import { type ApplicationState, createApplicationState, createObjectState } from "./state.ts";

/** Brings the states in line with the assignment in force: what stays keeps its state, what is new starts, what left is dropped. */
export function adoptAssignment(context: Context, publisher: Publisher): void {
  const { bodies, held } = context.index();
  placeInventory(context.store, context.observer.isClusterScoped);
  for (const name of new Set([
    ...bodies.keys(),
    ...held.keys(),
    ...context.store.inventory().keys(),
    ...context.hooks.names(),
  ])) {
    if (!context.applications.has(name)) context.applications.set(name, createApplicationState(name));
  }
  for (const state of context.applications.values()) {
    state.heldReason = held.get(state.name);
    state.fault = context.index().fault(state.name);
    adoptObjects(context, publisher, state);
    publisher.touch(state);
  }
}

function adoptObjects(context: Context, publisher: Publisher, state: ApplicationState): void {
  const body = context.index().bodies.get(state.name);
  const kept = body?.objects.filter(({ hook }) => hook === undefined);
  const wanted = new Map(kept?.map((object) => [refKey(object.ref), object]));
  state.body = body;
  adoptSteps(context, state);
  for (const [key, object] of state.objects) {
    if (wanted.has(key)) continue;
    publisher.drop(object);
    state.objects.delete(key);
  }
  for (const key of state.pruneErrors.keys()) if (wanted.has(key)) state.pruneErrors.delete(key);
  let isChanged = false;
  for (const [key, assigned] of wanted) {
    const known = state.objects.get(key);
    if (known === undefined) {
      state.objects.set(key, createObjectState(state.name, key, assigned));
      isChanged = true;
    } else if (known.assigned.digest !== assigned.digest) {
      known.assigned = assigned;
      known.error = "";
      known.left = "";
      known.drift = "";
      known.attempt = 0;
      known.retryAt = 0;
      known.additionsLeft = "";
      known.contest = noContest;
      known.pausedUntil = 0;
      isChanged = true;
    } else known.assigned = assigned;
  }
  // The time allowed for becoming healthy starts anew with new content.
  if (isChanged) state.patience = "idle";
  for (const object of state.objects.values()) publisher.refresh(object);
}

function adoptSteps({ hooks, index }: Context, { name, body, steps }: ApplicationState): void {
  steps.isStaged = body !== undefined && isStaged(body);
  steps.hasHooks = steps.isStaged && body?.objects.some(({ hook }) => hook !== undefined) === true;
  steps.front = undefined;
  const record = hooks.record(name);
  // Said before anything is looked at: an application with hooks to run is not as it should be.
  steps.isPending = steps.hasHooks && !(record?.isSynced === true && record.content === index().content(name));
}

/** Forgets applications that vanished and own nothing any more. */
export function dropVanished(context: Context, publisher: Publisher): void {
  for (const [name, state] of context.applications) {
    const isVanished = state.body === undefined && state.heldReason === undefined;
    const isKnown = context.store.inventory().has(name) || context.hooks.record(name) !== undefined;
    if (!isVanished || isKnown) continue;
    publisher.dropApplication(state);
    context.applications.delete(name);
  }
}
