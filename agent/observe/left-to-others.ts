import type { DriftRule } from "../../common/domain/index.ts";
import type { LiveObject, ManagedFieldsEntry } from "../ports.ts";
import { stepOf } from "./field-step.ts";
import { isIgnored } from "./ignore.ts";
import { descend, type FieldSet, type Owned, ownedBy } from "./managed-set.ts";

/** The part of somebody's fields that drift rules leave to others; undefined when they leave nothing of it. */
export function leftToOthers(
  entry: ManagedFieldsEntry,
  live: LiveObject,
  rules: readonly DriftRule[],
): FieldSet | undefined {
  return rules.length === 0 ? undefined : leftAt("", [], live, ownedBy(entry), rules);
}

function leftAt(
  path: string,
  pointer: readonly string[],
  live: unknown,
  owner: Owned,
  rules: readonly DriftRule[],
): FieldSet | undefined {
  const place = { path, pointer, desired: undefined, live, isOurs: false, others: [owner], isKey: false };
  if (isIgnored(place, rules)) return owner.set;
  const left = Object.keys(owner.set).flatMap((key) => {
    const set = descend(owner.set, key);
    const step = key === "." ? undefined : stepOf(key, path, live);
    if (set === undefined || step === undefined) return [];
    const below = leftAt(step.path, [...pointer, step.name], step.live, { ...owner, set }, rules);
    return below === undefined ? [] : [[key, below] as const];
  });
  return left.length === 0 ? undefined : Object.fromEntries(left);
}
