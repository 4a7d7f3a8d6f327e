import type { Clock } from "../../common/async/index.ts";
import { type DriftRule, defaultApplyPolicy, type Manifest, rulesFor } from "../../common/domain/index.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { type InventoryStore, type ObjectWriter, ownedManifest } from "../apply/index.ts";
import type { Hooks } from "../hooks/index.ts";
import type { InventoryEntry } from "../inventory/index.ts";
import type { DriftLog, Observer } from "../observe/index.ts";
import { type LeftAlone, leftAlone, type Treatment, treatmentOf } from "../plan/index.ts";
import type { StatusSink } from "../ports.ts";
import type { DesiredIndex } from "./desired-index.ts";
import type { Locks } from "./locks.ts";
import type { ApplicationState, ObjectState } from "./state.ts";
import type { Timers } from "./timers.ts";

/** What the parts of one environment's loop share. */
export interface Context {
  readonly environment: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly sink: StatusSink;
  readonly observer: Observer;
  readonly store: InventoryStore;
  /** Reads with the agent's own rights, writes with those that the application is to be written with. */
  writer(application: string): ObjectWriter;
  readonly hooks: Hooks;
  readonly concurrency: number;
  readonly timers: Timers;
  readonly locks: Locks;
  readonly drifts: DriftLog;
  readonly applications: Map<string, ApplicationState>;
  /** Ends with the environment. */
  readonly signal: AbortSignal;
  index(): DesiredIndex;
  /** Something about an object changed: its status, and what follows from it, is to be said anew. */
  refresh(object: ObjectState): void;
  /** The application is to be planned again, soon. */
  again(application: string): void;
}

export function entryOf(context: Context, object: ObjectState): InventoryEntry | undefined {
  return context.store.inventory().get(object.application)?.entries.get(object.key);
}

/** What is applied for an object: its content, with the labels that say whose it is. */
export async function manifestOf(context: Context, object: ObjectState): Promise<Manifest> {
  const manifest = await context.index().desired.manifest(object.assigned.digest);
  return ownedManifest(manifest, context.environment, object.application);
}

/** How an object is applied. */
export function treatmentFor(context: Context, { application, assigned }: ObjectState): Treatment {
  return treatmentOf(assigned.policy, context.index().bodies.get(application)?.policy.apply ?? defaultApplyPolicy);
}

/** Why an object is to be left as it is, by what is known of it now. */
export function leftFor(context: Context, object: ObjectState): LeftAlone {
  const facts = context.observer.get(object.key);
  const isOurs = facts?.environment === context.environment && facts.application === object.application;
  return leftAlone(treatmentFor(context, object).mode, isOurs ? facts : undefined);
}

/** The drift rules that are for an object. */
export function rulesOf(context: Context, { application, ref }: ObjectState): readonly DriftRule[] {
  return rulesFor(context.index().bodies.get(application)?.policy.driftIgnore ?? [], ref);
}
