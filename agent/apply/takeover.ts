import { type DriftRule, fieldManager, matchesWhole } from "../../common/domain/index.ts";
import { difference, type FieldSet, isOwn, leftToOthers, union } from "../observe/index.ts";
import type { LiveObject, ManagedFieldsEntry } from "../ports.ts";

/** Programs that say what a whole object is to be, as we do. */
const deployers = [
  "kubectl-client-side-apply",
  "helm",
  "helm-controller",
  "kustomize-controller",
  "flux",
  "flux-client-side-apply",
  "argocd",
  "argocd-controller",
  "argocd-application-controller",
];

/**
 * What is not taken where we do not state it, because losing it does harm: a workload would fall back to one pod until its autoscaler
 * looks, an object would go without the clean-up that somebody asked for.
 */
const entrusted = [
  ["f:spec", "f:replicas"],
  ["f:metadata", "f:finalizers"],
  ["f:metadata", "f:ownerReferences"],
];

export interface TakeoverOptions {
  /** The object was not ours before: whatever people did to it through kubectl is ours too. */
  readonly isAdoption: boolean;
  /** Further managers, as regular expressions for the whole text. */
  readonly patterns: readonly string[];
  /** What they leave to others stays theirs. */
  readonly rules: readonly DriftRule[];
  /** Only what we have too is taken from them: the object stays as it is. */
  readonly sharedOnly: boolean;
}

export interface Takeover {
  /** All managers, as they are to be. */
  readonly managers: readonly ManagedFieldsEntry[];
  readonly takenFrom: readonly string[];
  /** Fields became ours that we did not apply: applying once more removes them. */
  readonly gains: boolean;
}

/**
 * What other deployers say about an object becomes ours, so that it leaves the cluster when it leaves Git. Undefined when nothing
 * of theirs is there. `live` is as we just applied it. Controllers keep what they have.
 */
export function takeover(live: LiveObject, options: TakeoverOptions): Takeover | undefined {
  const entries = live.metadata.managedFields ?? [];
  const own = entries.find(isOwn);
  if (own?.fieldsV1 === undefined) return undefined;
  const managers: ManagedFieldsEntry[] = [];
  const takenFrom: string[] = [];
  let ours = own.fieldsV1;
  for (const entry of entries) {
    if (entry === own) continue;
    const { fieldsV1, manager = "" } = entry;
    // The same field may have another name in another version.
    if (fieldsV1 === undefined || entry.apiVersion !== own.apiVersion || !isTaken(entry, options)) {
      managers.push(entry);
      continue;
    }
    const kept = entrusted
      .filter((path) => pick(own.fieldsV1, path) === undefined)
      .map((path) => pick(fieldsV1, path))
      .reduce(union, union(leftToOthers(entry, live, options.rules), pick(fieldsV1, ["f:status"])));
    const wanted = difference(fieldsV1, kept);
    const theirs = options.sharedOnly ? union(kept, difference(wanted, own.fieldsV1)) : kept;
    if (!options.sharedOnly) ours = union(ours, wanted) ?? ours;
    if (theirs !== undefined) managers.push({ ...entry, fieldsV1: theirs });
    if (difference(fieldsV1, theirs) !== undefined) takenFrom.push(manager);
  }
  if (takenFrom.length === 0) return undefined;
  return {
    managers: [...managers, { ...own, fieldsV1: ours }],
    takenFrom,
    gains: difference(ours, own.fieldsV1) !== undefined,
  };
}

function isTaken({ manager = "", operation, subresource = "" }: ManagedFieldsEntry, options: TakeoverOptions): boolean {
  if (subresource !== "") return false;
  if (manager === fieldManager || deployers.includes(manager)) return true;
  if (manager === "kubectl" && operation === "Apply") return true;
  if (options.patterns.some((pattern) => matchesWhole(pattern, manager))) return true;
  // A restart that somebody asked for would be undone, by another one.
  const isPersonal = /^kubectl(-|$)/.test(manager) && manager !== "kubectl-rollout";
  return options.isAdoption && (isPersonal || manager === "before-first-apply");
}

/** What a set has at a place, on its way from the root. */
function pick(set: FieldSet | undefined, [step, ...rest]: readonly string[]): FieldSet | undefined {
  if (step === undefined) return set;
  const below = set?.[step] as FieldSet | undefined;
  const picked = pick(below, rest);
  return picked === undefined ? undefined : { [step]: picked };
}
