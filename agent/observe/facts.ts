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

/** What a health check says, the application's own or the well-known kind's. */
export interface Verdict {
  readonly health: Health;
  /** It may be another one later although nothing about the object changed. */
  readonly changesWithTime: boolean;
}

/** Undefined where the kind's rule or the general ones are to tell. */
export type Check = (live: LiveObject, facts: LiveFacts) => Verdict | undefined;

export function observedOf(live: LiveObject, now: number, pods: readonly LiveObject[] = [], check?: Check): Observed {
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
  return judged(facts, { live, pods }, now, check);
}

export function reassessed(observed: Observed, now: number, pods: readonly LiveObject[], check?: Check): Observed {
  if (observed.unfinished === undefined) return observed;
  return judged(observed, { live: observed.unfinished.live, pods }, now, check);
}

function judged(
  facts: Omit<Observed, "health" | "unfinished">,
  { live, pods }: Unfinished,
  now: number,
  check: Check | undefined,
): Observed {
  const verdict = check?.(live, facts) ?? ruled(facts.ref, live, now, pods);
  const { health } = verdict;
  const isUnfinished = verdict.changesWithTime && !facts.deletion;
  return { ...facts, health, unfinished: isUnfinished ? { live: withoutFieldSets(live), pods } : undefined };
}

function ruled(ref: ObjectRef, live: LiveObject, now: number, pods: readonly LiveObject[]): Verdict {
  const health = assess(live, now, pods);
  const isIll = health.state === "Progressing" || health.state === "Degraded";
  return { health, changesWithTime: isIll && changesWithTime(ref) };
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
