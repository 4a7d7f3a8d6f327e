import type { KnownCheck } from "./check.ts";

// Patterns that recur in the expressions of controllers' objects. None throws where fields are absent.

export const conditions = "status.?conditions.orValue([])";
export const generation = "metadata.?generation.orValue(0)";
/** Of the condition `c`. */
export const reason = "c.?reason.orValue('')";
export const severity = "c.?severity.orValue('')";
export const hasConditions = `${conditions}.size() > 0`;

function quoted(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(", ")}]`;
}

/** The text at a path such as "status.phase"; empty when absent. */
export function textAt(path: string): string {
  return `${optional(path)}.orValue('')`;
}

export function numberAt(path: string, absent: number | string = 0): string {
  return `${optional(path)}.orValue(${absent})`;
}

export function listAt(path: string): string {
  return `${optional(path)}.orValue([])`;
}

export function isSet(path: string): string {
  return `${optional(path)}.hasValue()`;
}

/** The value at the path is true. */
export function holds(path: string): string {
  return `${optional(path)}.orValue(false) == true`;
}

function optional(path: string): string {
  return path.replaceAll(".", ".?");
}

/** The text at the path is one of these. */
export function among(path: string, ...values: readonly string[]): string {
  return values.length === 1 ? `${textAt(path)} == '${values[0]}'` : `${textAt(path)} in ${quoted(values)}`;
}

/** A condition of one of the types has the status; `also` is about the condition `c`. */
export function condition(types: string | readonly string[], status: string, also = "true"): string {
  const listed = typeof types === "string" ? [types] : types;
  const ofType = listed.length === 1 ? `c.type == '${listed[0]}'` : `c.type in ${quoted(listed)}`;
  return `${conditions}.exists(c, ${ofType} && c.status == '${status}'${also === "true" ? "" : ` && ${also}`})`;
}

export function isTrue(...types: readonly string[]): string {
  return condition(types, "True");
}

export function isFalse(...types: readonly string[]): string {
  return condition(types, "False");
}

/** There is such a condition, and it does not hold. */
export function isNotTrue(...types: readonly string[]): string {
  return any(isFalse(...types), condition(types, "Unknown"));
}

export function isPresent(type: string): string {
  return `${conditions}.exists(c, c.type == '${type}')`;
}

export function any(...tests: readonly string[]): string {
  return `(${tests.join(" || ")})`;
}

export function all(...tests: readonly string[]): string {
  return tests.map((test) => (test.includes("||") && !test.startsWith("(") ? `(${test})` : test)).join(" && ");
}

export function not(test: string): string {
  return `!(${test})`;
}

/** Somebody has said about the spec as it is now; some controllers say that by condition instead of in their status. */
export function isOfThisGeneration(list: string): string {
  return `(${generation} == 0 || ${list}.all(c, c.?observedGeneration.orValue(${generation}) == ${generation}))`;
}

/** The one condition that says all: False means that it failed, and Unknown or none that it goes on. */
export function byCondition(type: string): KnownCheck {
  return { failed: isFalse(type), current: isTrue(type) };
}

/** The same where Unknown is a failure as well. */
export function byStrictCondition(type: string): KnownCheck {
  return { failed: isNotTrue(type), current: isTrue(type) };
}

/** A field of the status that names what the object is doing; other words than these mean that it goes on. */
export function byField(
  path: string,
  { failed, current, suspended }: Partial<Record<keyof KnownCheck, readonly string[]>>,
): KnownCheck {
  return {
    ...(suspended && { suspended: among(path, ...suspended) }),
    ...(failed && { failed: among(path, ...failed) }),
    ...(current && { current: among(path, ...current) }),
  };
}

/** The same where every word but these means that it failed. */
export function byFieldOrFailed(
  path: string,
  { inProgress, current }: Readonly<Record<"inProgress" | "current", readonly string[]>>,
): KnownCheck {
  return { failed: not(among(path, "", ...inProgress, ...current)), current: among(path, ...current) };
}

export const ready = byCondition("Ready");
