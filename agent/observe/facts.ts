import { type Health, type ObjectRef, ownershipLabels, pruneAnnotation, refOf } from "../../common/domain/index.ts";
import type { LiveFacts } from "../plan/index.ts";
import type { LiveObject } from "../ports.ts";
import { fieldsHash } from "./fields-hash.ts";
import { assess } from "./health/index.ts";

/** What is remembered of an object: a few hundred bytes, whatever its size. */
export interface Observed extends LiveFacts {
  readonly health: Health;
  /** Only while it is Progressing: what it is assessed from again, because deadlines run out without an event. */
  readonly unfinished: LiveObject | undefined;
}

export function observedOf(live: LiveObject, now: number): Observed {
  const { uid, resourceVersion, labels, annotations, deletionTimestamp } = live.metadata;
  const health = assess(live, now);
  return {
    ref: refOf(live),
    uid,
    resourceVersion,
    fieldsHash: fieldsHash(live),
    environment: labels?.[ownershipLabels.environment] ?? "",
    application: labels?.[ownershipLabels.application] ?? "",
    prune: annotations?.[pruneAnnotation] ?? "",
    deleting: deletionTimestamp !== undefined,
    health,
    unfinished: health.state === "Progressing" ? withoutManagers(live) : undefined,
  };
}

export function reassessed(observed: Observed, now: number): Observed {
  if (observed.unfinished === undefined) return observed;
  const health = assess(observed.unfinished, now);
  return { ...observed, health, unfinished: health.state === "Progressing" ? observed.unfinished : undefined };
}

/** The managers are half of an object's size. */
function withoutManagers(live: LiveObject): LiveObject {
  return { ...live, metadata: { ...live.metadata, managedFields: [] } };
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
