import {
  type BlockedPrune,
  type EnvironmentStatus,
  type HealthState,
  refKey,
  type SyncState,
  worstHealth,
  worstSync,
} from "../../common/domain/index.ts";
import { staleEntries } from "../inventory/index.ts";
import type { Waiting } from "../plan/index.ts";
import { createAcknowledgements } from "./acknowledgements.ts";
import { type Context, entryOf } from "./context.ts";
import type { ApplicationState, ObjectState } from "./state.ts";
import { applicationStatus, isAtRest, isNote, objectStatus, waitingStatus } from "./statuses.ts";
import { createTally } from "./tally.ts";

/** Turns what is known into statuses and acks. Costs what changed, not what there is. */
export interface Publisher {
  /** Nothing is said before the first look at the cluster. */
  begin(): void;
  /** A new assignment is in force. */
  assigned(): void;
  /** Every object of the assignment in force was compared with the cluster once. */
  passed(): void;
  refresh(object: ObjectState): void;
  /** The object is wanted no more. */
  drop(object: ObjectState): void;
  touch(application: ApplicationState): void;
  dropApplication(application: ApplicationState): void;
  /** Why no application can be worked on; empty when they can. */
  problem(message: string): void;
  /** Something that people should know of the environment; empty when nothing. */
  notice(message: string): void;
  /** What of it is wanted no more and stays, and which deletes need somebody's word. */
  waits(application: ApplicationState, waiting: readonly Waiting[], blocked: BlockedPrune | null): void;
  /** Says now what would be said in a moment. */
  publish(): void;
  waitsFor(application: ApplicationState): readonly string[];
  end(): void;
}

export function createPublisher(context: Context): Publisher {
  const { environment, sink } = context;
  const health = createTally<HealthState>();
  const sync = createTally<SyncState>();
  const messages = new Map<string, string>();
  const touched = new Set<ApplicationState>();
  const acknowledgements = createAcknowledgements(context);
  let isReady = false;
  let isScheduled = false;
  let trouble = "";
  let notice = "";

  function touch(application: ApplicationState): void {
    touched.add(application);
    if (isScheduled || !isReady) return;
    isScheduled = true;
    queueMicrotask(publish);
  }

  function publish(): void {
    isScheduled = false;
    if (!isReady) return;
    for (const application of touched) {
      touched.delete(application);
      publishApplication(application);
    }
    publishEnvironment();
  }

  function publishApplication(state: ApplicationState): void {
    const { name, body } = state;
    settle(state);
    const waitsFor = waiting(state);
    watchPatience(state, waitsFor);
    const isVanished = body === undefined && state.heldReason === undefined;
    // Whether anything of it is left is known only once it was looked at.
    if (isVanished && state.blocked === undefined) return;
    const status =
      isVanished && state.waiting.length === 0 && state.pruneErrors.size === 0 && state.steps.lines.length === 0
        ? undefined
        : applicationStatus(state, context.index().desired.header, waitsFor);
    health.move(state.status?.health, status?.health);
    sync.move(state.status?.sync, status?.sync);
    state.status = status;
    if (status === undefined || status.message === "") messages.delete(name);
    else messages.set(name, status.message.split("\n")[0] ?? "");
    sink.application(environment, name, status);
  }

  /** The time that an application may take starts when nothing but itself is in its way. */
  function watchPatience(state: ApplicationState, waitsFor: readonly string[]): void {
    const timer = `overdue/${state.name}`;
    // Hooks have times of their own.
    const isRunning = state.steps.isGoing && state.patience !== "over";
    if (isAtRest(worstHealth(state.health.states())) || waitsFor.length > 0 || isRunning) {
      state.patience = "idle";
      context.timers.cancel(timer);
    } else if (state.patience === "idle" && state.body !== undefined) {
      state.patience = "running";
      context.timers.set(timer, state.body.policy.timeoutSeconds * 1_000, () => {
        state.patience = "over";
        touch(state);
        if (state.steps.hasHooks) context.again(state.name);
      });
    }
  }

  function settle(state: ApplicationState): void {
    const { name, body, fault, unapplied } = state;
    const { isPending, hasFailed } = state.steps;
    const isWell = isAtRest(worstHealth(state.health.states())) && !isPending && !hasFailed;
    const isSettled = fault === "" && unapplied === 0 && isWell;
    acknowledgements.count(state, fault === "" && unapplied === 0, isSettled);
    if (state.isSettled === isSettled) return;
    state.isSettled = isSettled;
    for (const dependent of context.index().dependents(name)) {
      const other = context.applications.get(dependent);
      if (other !== undefined) touch(other);
      if (isSettled) context.again(dependent);
    }
    if (isSettled && staleEntries(context.store.inventory().get(name), body?.objects ?? []).length > 0) {
      context.again(name);
    }
  }

  function waiting(state: ApplicationState): readonly string[] {
    if (state.fault !== "") return [];
    const isSettled = (name: string) => {
      const other = context.applications.get(name);
      return other?.isSettled === true && other.body !== undefined;
    };
    return state.body?.dependsOn.filter((name) => !isSettled(name)) ?? [];
  }

  function publishEnvironment(): void {
    const { header } = context.index().desired;
    acknowledgements.say();
    const [first] = messages;
    const more = messages.size > 1 ? ` (and ${messages.size - 1} more applications)` : "";
    const status: EnvironmentStatus = {
      revision: header.revision,
      generation: header.generation,
      appliedGeneration: acknowledgements.appliedGeneration(),
      sync: trouble === "" ? worstSync(sync.states()) : "Unknown",
      health: isReady ? worstHealth(health.states()) : "Unknown",
      message: [trouble, notice, first === undefined ? "" : `${first[0]}: ${first[1]}${more}`].find(isSaid) ?? "",
    };
    sink.environment(environment, status);
  }

  function withdraw(object: ObjectState, application: ApplicationState): void {
    const { key, ref, status, isApplied } = object;
    application.health.move(status?.health, undefined);
    application.sync.move(status?.sync, undefined);
    application.problems.delete(key);
    if (status !== undefined && !isApplied) application.unapplied--;
    application.drifted -= Number(object.reportedDrift);
    sink.object(environment, application.name, ref, undefined);
    if (context.drifts.remove(key)) sink.drift(environment, application.name, ref, undefined);
  }

  function withdrawWaiting({ name, waitingStatuses }: ApplicationState): void {
    for (const { ref } of waitingStatuses.values()) sink.object(environment, name, ref, undefined);
    waitingStatuses.clear();
  }

  return {
    begin() {
      isReady = true;
    },
    assigned: () => acknowledgements.restart(),
    passed() {
      acknowledgements.passed();
      publish();
    },
    refresh(object) {
      const application = context.applications.get(object.application);
      if (!isReady || application?.objects.get(object.key) !== object) return;
      const before = object.status;
      const { isApplied: wasApplied } = object;
      const entry = entryOf(context, object);
      object.isApplied = entry !== undefined && entry.digest !== "" && entry.digest === object.assigned.digest;
      object.isApplied ||= object.left !== "";
      const status = objectStatus(object, context.observer.get(object.key));
      application.unapplied += Number(!object.isApplied) - Number(before !== undefined && !wasApplied);
      application.drifted += Number(object.drift !== "") - Number(object.reportedDrift);
      object.reportedDrift = object.drift !== "";
      application.health.move(before?.health, status.health);
      application.sync.move(before?.sync, status.sync);
      object.status = status;
      if (status.message === "" || isNote(object)) application.problems.delete(object.key);
      else application.problems.set(object.key, status.message);
      sink.object(environment, application.name, object.ref, status);
      touch(application);
    },
    drop(object) {
      const application = context.applications.get(object.application);
      if (application === undefined) return;
      withdraw(object, application);
      touch(application);
    },
    touch,
    dropApplication(state) {
      touched.delete(state);
      acknowledgements.forget(state);
      health.move(state.status?.health, undefined);
      sync.move(state.status?.sync, undefined);
      messages.delete(state.name);
      withdrawWaiting(state);
      sink.application(environment, state.name, undefined);
    },
    problem(message) {
      if (trouble === message) return;
      trouble = message;
      publishEnvironment();
    },
    waits(application, waiting, blocked) {
      const { objects, waitingStatuses } = application;
      application.waiting = waiting;
      application.blocked = blocked;
      const statuses = new Map(
        waiting.map((each) => [refKey(each.ref), waitingStatus(each, context.observer.get(refKey(each.ref)))]),
      );
      for (const [key, { ref }] of waitingStatuses) {
        if (!statuses.has(key) && !objects.has(key)) sink.object(environment, application.name, ref, undefined);
      }
      waitingStatuses.clear();
      for (const [key, status] of statuses) {
        waitingStatuses.set(key, status);
        sink.object(environment, application.name, status.ref, status);
      }
      touch(application);
    },
    notice(message) {
      notice = message;
    },
    publish,
    waitsFor: waiting,
    end() {
      isReady = false;
      for (const state of context.applications.values()) {
        for (const object of state.objects.values()) withdraw(object, state);
        withdrawWaiting(state);
        sink.application(environment, state.name, undefined);
      }
      sink.environment(environment, undefined);
    },
  };
}

function isSaid(text: string): boolean {
  return text !== "";
}
