import { type Health, isPausedBy, type ObjectRef, ownershipLabels, refOf, waveOf } from "../../common/domain/index.ts";
import { type LiveFacts, pruneWish } from "../plan/index.ts";
import type { LiveObject } from "../ports.ts";
import { additionsKey } from "./additions.ts";
import { fieldsHash } from "./fields-hash.ts";
import { assess, changesWithTime } from "./health/index.ts";

/** What is remembered of an object: a few hundred bytes, whatever its size. */
export interface Observed extends LiveFacts {
  /** Stands for the fields that people have; empty when they have none. */
  readonly additions: string;
  readonly health: Health;
  /** Only while it is not well and time, or its pods, may tell more about it: what it is assessed from again. */
  readonly unfinished: Unfinished | undefined;
}

export interface Unfinished {
  readonly live: LiveObject;
  /** Those of a workload that do not run, as seen last. */
  readonly pods: readonly LiveObject[];
}

/** `checked`: the verdict of the application's own health check, instead of the kind's rule. */
export function observedOf(
  live: LiveObject,
  now: number,
  pods: readonly LiveObject[] = [],
  checked?: (facts: LiveFacts) => Health | undefined,
): Observed {
  const { uid, resourceVersion, labels, annotations, deletionTimestamp, finalizers } = live.metadata;
  const facts = {
    ref: refOf(live),
    uid,
    resourceVersion,
    fieldsHash: fieldsHash(live),
    environment: labels?.[ownershipLabels.environment] ?? "",
    application: labels?.[ownershipLabels.application] ?? "",
    wish: pruneWish(annotations),
    wave: annotations === undefined ? 0 : waveOf(annotations),
    deletion: deletionTimestamp === undefined ? undefined : { since: deletionTimestamp, finalizers: finalizers ?? [] },
    ...(isPausedBy(annotations) ? { isPaused: true as const } : {}),
    additions: additionsKey(live),
  };
  const verdict = checked?.(facts);
  if (verdict !== undefined) return { ...facts, health: verdict, unfinished: undefined };
  return judged(facts, { live, pods }, now);
}

export function reassessed(observed: Observed, now: number, pods: readonly LiveObject[]): Observed {
  if (observed.unfinished === undefined) return observed;
  return judged(observed, { live: observed.unfinished.live, pods }, now);
}

function judged(facts: Omit<Observed, "health" | "unfinished">, { live, pods }: Unfinished, now: number): Observed {
  const health = assess(live, now, pods);
  const isUnfinished =
    changesWithTime(facts.ref) && (health.state === "Progressing" || health.state === "Degraded") && !facts.deletion;
  return { ...facts, health, unfinished: isUnfinished ? { live: withoutFieldSets(live), pods } : undefined };
}

/** Who wrote when is what deadlines are counted from; which fields they wrote is half of an object's size. */
function withoutFieldSets(live: LiveObject): LiveObject {
  const managedFields = (live.metadata.managedFields ?? []).map(({ fieldsV1: _fields, ...entry }) => entry);
  return { ...live, metadata: { ...live.metadata, managedFields } };
}

/** "group/kind": what a watch is about. */
export function kindKey(ref: Pick<ObjectRef, "group" | "kind">): string {
  return `${ref.group}/${ref.kind}`;
}

/** Versions are numbers that only grow; what is not a number cannot be compared, and is not older. */
export function isOlder(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
