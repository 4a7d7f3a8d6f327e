import { type DriftRule, fieldManager, matchesWhole } from "../../common/domain/index.ts";
import { difference, isOwn, leftToOthers, union } from "../observe/index.ts";
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
    const { "f:status": status, ...said } = fieldsV1;
    const kept = union(
      leftToOthers(entry, live, options.rules),
      status === undefined ? undefined : { "f:status": status },
    );
    const wanted = difference(said, kept);
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
