import { type DriftRule, type Manifest, matchesWhole, ownershipLabels } from "../../common/domain/index.ts";
import type { LiveObject } from "../ports.ts";
import { type FieldPlace, fieldPlaces, isSecret } from "./field-places.ts";

type Fields = Readonly<Record<string, unknown>>;
type Pointer = readonly string[];

/** Without them nobody knows whose the object is. */
const guarded = new Set([
  "metadata.labels",
  ...Object.values(ownershipLabels).map((label) => `metadata.labels[${label}]`),
]);

/** Whether somebody else may have the field, or may have removed it. */
export function isIgnored(place: FieldPlace, rules: readonly DriftRule[]): boolean {
  if (guarded.has(place.path)) return false;
  return rules.some((rule) => {
    const covers = rule.paths.length === 0 || rule.paths.some((path) => isAtOrBelow(place, path));
    return covers && concerns(rule, place);
  });
}

/** Parts, by their way from the place, that somebody else may have changed in a value that is tracked as one. */
export function ignoredInside(place: FieldPlace, rules: readonly DriftRule[]): readonly Pointer[] {
  return rules
    .filter((rule) => concerns(rule, place))
    .flatMap(({ paths }) => paths)
    .flatMap((path) => {
      const pointer = pointerOf(path);
      const isInside =
        pointer.length > place.pointer.length && place.pointer.every((step, index) => pointer[index] === step);
      return isInside ? [pointer.slice(place.pointer.length)] : [];
    });
}

/** `desired` as it can be applied to `live` without overwriting what others may have and do have. */
export function withoutIgnored(desired: Manifest, live: LiveObject, rules: readonly DriftRule[]): Manifest {
  if (rules.length === 0) return desired;
  const removed: Pointer[] = [];
  let adopted: unknown = desired;
  for (const place of fieldPlaces(desired, live)) {
    if (place.others.length === 0 || place.isKey) continue;
    if (isIgnored(place, rules)) removed.push(place.pointer);
    else {
      for (const inside of ignoredInside(place, rules)) {
        const value = valueAt(place.live, inside);
        if (value !== undefined) adopted = withValue(adopted, [...place.pointer, ...inside], value);
      }
    }
  }
  // What is compared as data may be written as stringData.
  const written = isSecret(desired)
    ? removed.flatMap((pointer) => (pointer[0] === "data" ? [pointer, ["stringData", ...pointer.slice(1)]] : [pointer]))
    : removed;
  return without(adopted, written) as Manifest;
}

/** A copy without what the pointers lead to; maps that become empty go too. */
export function without(value: unknown, pointers: readonly Pointer[]): unknown {
  if (pointers.length === 0) return value;
  const inside = (step: string) =>
    pointers.flatMap(([first, ...rest]) => (first === step && rest.length > 0 ? [rest] : []));
  const isGone = (step: string) => pointers.some(([first, ...rest]) => first === step && rest.length === 0);
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) =>
      isGone(String(index)) ? [] : [without(item, inside(String(index))) ?? {}],
    );
  }
  if (!isMap(value)) return value;
  const kept = Object.entries(value).flatMap(([key, child]) => {
    if (isGone(key)) return [];
    const rest = without(child, inside(key));
    return rest === undefined && child !== undefined ? [] : [[key, rest] as const];
  });
  return kept.length === 0 && Object.keys(value).length > 0 ? undefined : Object.fromEntries(kept);
}

/** A rule that names managers is not about fields that nobody has. */
function concerns({ managers }: DriftRule, { others }: FieldPlace): boolean {
  return (
    managers.length === 0 || others.some(({ manager }) => managers.some((pattern) => matchesWhole(pattern, manager)))
  );
}

function isAtOrBelow(place: FieldPlace, path: string): boolean {
  if (path.startsWith("/")) return pointerOf(path).every((step, index) => place.pointer[index] === step);
  if (!place.path.startsWith(path)) return false;
  return [undefined, ".", "["].includes(place.path[path.length]);
}

/** Empty for what is no pointer. */
function pointerOf(path: string): Pointer {
  if (!path.startsWith("/")) return [];
  return path
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(value: unknown, pointer: Pointer): unknown {
  return pointer.reduce<unknown>((at, step) => (at as Fields | null | undefined)?.[step], value);
}

function withValue(value: unknown, [step, ...rest]: Pointer, leaf: unknown): unknown {
  if (step === undefined) return leaf;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (String(index) === step ? withValue(item, rest, leaf) : item));
  }
  return isMap(value) ? { ...value, [step]: withValue(value[step], rest, leaf) } : value;
}

function isMap(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
