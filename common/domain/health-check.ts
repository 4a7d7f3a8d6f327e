import type { ObjectRef } from "./object-ref.ts";

/**
 * How to tell that objects of a kind are well, in CEL over the object's own top-level fields (`status`, `spec`, …). Asked in
 * the order inProgress, failed, current; an empty expression is not asked, and when none holds the object is in progress.
 */
export interface HealthCheck {
  readonly group: string;
  /** Empty: every kind of the group that has no check of its own. */
  readonly kind: string;
  readonly inProgress: string;
  readonly failed: string;
  readonly current: string;
}

/** The check that speaks for an object. Never one for Secrets: telling their health would mean watching their values. */
export function healthCheckFor(
  checks: readonly HealthCheck[],
  { group, kind }: Pick<ObjectRef, "group" | "kind">,
): HealthCheck | undefined {
  if (group === "" && kind === "Secret") return undefined;
  const ofGroup = checks.filter((check) => check.group === group);
  return ofGroup.find((check) => check.kind === kind) ?? ofGroup.find((check) => check.kind === "");
}
