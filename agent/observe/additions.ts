import { canonicalJson, type DriftField, type DriftRule, digestOf, type Manifest } from "../../common/domain/index.ts";
import type { LiveObject, ManagedFieldsEntry } from "../ports.ts";
import { fieldPlaces, isSecret } from "./field-places.ts";
import { stepOf } from "./field-step.ts";
import { isIgnored } from "./ignore.ts";
import { descend, descendAll, isLeaf, lastWriter, type Owned, ownedBy } from "./managed-set.ts";

/** Besides every manager whose name starts with "kubectl": programs through which people edit objects. */
const peoplesManagers = ["headlamp", "k9s", "lens", "openlens", "freelens", "octant", "rancher", "dashboard", "oc"];

/** A field that a person added to an object of ours. */
export interface Addition {
  readonly field: DriftField;
  /** Steps from the root of the live object. */
  readonly pointer: readonly string[];
}

/** Changes when people add or remove fields; empty when they have none. */
export function additionsKey(live: LiveObject): string {
  const entries = (live.metadata.managedFields ?? []).filter(isPersons);
  if (entries.length === 0) return "";
  return digestOf(canonicalJson(entries.map(({ manager = "", fieldsV1 = {} }) => [manager, fieldsV1]))).slice(0, 32);
}

/**
 * Fields that one person's program has and nobody else, in the order of the live object's managers. Without those that we want,
 * though we have lost them: they are changes.
 */
export function additions(desired: Manifest, live: LiveObject, rules: readonly DriftRule[]): readonly Addition[] {
  if (additionsKey(live) === "") return [];
  const wanted = new Set(fieldPlaces(desired, live).map(({ path }) => path));
  const entries = live.metadata.managedFields ?? [];
  const found: Addition[] = [];
  for (const entry of entries.filter(isPersons)) {
    const others = entries.filter((other) => other !== entry && other.fieldsV1 !== undefined).map(ownedBy);
    visit({ path: "", pointer: [], live, person: ownedBy(entry), others }, found, live, rules);
  }
  return found.filter(({ field }) => !wanted.has(field.path));
}

interface Place {
  readonly path: string;
  readonly pointer: readonly string[];
  readonly live: unknown;
  readonly person: Owned;
  readonly others: readonly Owned[];
}

function visit(place: Place, found: Addition[], root: Manifest, rules: readonly DriftRule[]): void {
  const { path, pointer, live, person, others } = place;
  // Somebody else has all of it, or the item as such.
  if (others.some(({ set }) => isLeaf(set)) || live === undefined) return;
  const isWholeItem = "." in person.set && /\]$/.test(path) && others.length === 0;
  if (isLeaf(person.set) || isWholeItem) {
    const theirs = { path, pointer, desired: undefined, live, isOurs: false, others: [person], isKey: false };
    if (others.length > 0 || isIgnored(theirs, rules)) return;
    const masked = isSecret(root) && pointer[0] === "data";
    found.push({
      field: { path, live: masked ? "***" : live, ...lastWriter([person]) },
      pointer,
    });
    return;
  }
  for (const key of Object.keys(person.set)) {
    const set = descend(person.set, key);
    const step = key === "." || set === undefined ? undefined : stepOf(key, path, live);
    if (step === undefined || set === undefined) continue;
    visit(
      {
        path: step.path,
        pointer: [...pointer, step.name],
        live: step.live,
        person: { ...person, set },
        others: descendAll(others, key),
      },
      found,
      root,
      rules,
    );
  }
}

function isPersons({ manager = "", operation, subresource = "" }: ManagedFieldsEntry): boolean {
  const isPersonal = manager.startsWith("kubectl") || peoplesManagers.includes(manager.toLowerCase());
  return isPersonal && operation === "Update" && subresource === "";
}
