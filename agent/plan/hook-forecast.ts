import { type AssignedObject, type Digest, type HookPhase, type ObjectRef, refKey } from "../../common/domain/index.ts";
import { type HookTask, hookTasks } from "./front.ts";
import {
  contentOf,
  emptyRecord,
  type HookRecord,
  type MadeObject,
  retried,
  withContent,
  withRemovals,
} from "./hook-record.ts";

/** What would become of one hook. */
export interface HookStep {
  /** "run": it is made and run; "delete": what an earlier run left is taken away. */
  readonly action: "run" | "delete";
  readonly ref: ObjectRef;
  /** Of a run. */
  readonly phase?: HookPhase;
  /** Where it is written; "" when unknown. */
  readonly source: string;
  readonly reason: string;
}

export interface WantedHooks {
  readonly objects: readonly AssignedObject[];
  readonly content: Digest;
  /** Something of the application was applied already. */
  readonly isApplied: boolean;
  /** Another content tree than what is assigned now: what failed is tried again. */
  readonly isNewer: boolean;
}

/**
 * What of earlier runs would be taken away, and the hooks that would be run, in their order, if all goes well. Nothing of those that
 * ran for this content already, or do: applying it again would leave them alone.
 */
export function forecastHooks(record: HookRecord | undefined, wanted: WantedHooks): readonly HookStep[] {
  const { objects, content, isApplied, isNewer } = wanted;
  const newest = withContent(record ?? emptyRecord, content, objects, isApplied);
  return forecast(
    retried(newest, () => isNewer),
    objects,
    ["PreSync", "Sync", "PostSync"],
  );
}

/** The same for an application that is to be deleted: its kept hooks are run, and nothing that hooks made is left. */
export function forecastDeletion(record: HookRecord, hasObjects: boolean): readonly HookStep[] {
  const isThere = hasObjects || record.isInstalled || record.isSynced;
  const objects = isThere ? record.deletion.map(({ object }) => object) : [];
  const next = withContent(record, `deletion/${contentOf(objects)}`, objects, false);
  const made = Object.entries(next.made).map(([key, each]): readonly [string, MadeObject] => [
    key,
    each.removal === "" ? { ...each, removal: "tidy" } : each,
  ]);
  return forecast({ ...next, made: Object.fromEntries(made) }, objects, ["PreDelete", "PostDelete"]);
}

function forecast(record: HookRecord, objects: readonly AssignedObject[], phases: readonly HookPhase[]): HookStep[] {
  const { runs, made } = withRemovals(record, objects);
  const hasFailed = Object.values(runs).some(({ state }) => state === "failed");
  const due = hasFailed
    ? []
    : hookTasks(objects, phases, record.isInstalled).filter(({ id }) => runs[id] === undefined);
  const deletes = Object.values(made)
    .filter(({ removal }) => removal !== "")
    .map(({ ref, removal }): HookStep => {
      const reason = removal === "stop" ? "still runs for what was wanted before" : "of an earlier run";
      return { action: "delete", ref, source: "", reason };
    });
  return [...deletes, ...due.map((task) => run(task, made))];
}

function run({ phase, object }: HookTask, made: HookRecord["made"]): HookStep {
  const { ref, source, hook } = object;
  const parts = [
    made[refKey(ref)]?.removal === "" ? "in place of the one of its last run" : "",
    hook?.deletePolicies.includes("HookSucceeded") === true ? "deleted once it succeeded" : "",
  ];
  return { action: "run", ref, phase, source, reason: parts.filter((part) => part !== "").join(", ") };
}
