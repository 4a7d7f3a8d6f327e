import type { Condition, Variables } from "../../../common/cel/index.ts";
import type { Health, HealthState } from "../../../common/domain/index.ts";
import { toAppError } from "../../../common/errors.ts";
import type { LiveObject } from "../../ports.ts";
import { healthy, progressing, specOf, statusOf } from "./fields.ts";
import { staleObjection } from "./generic.ts";
import { wordsOf } from "./words.ts";
import { appliedAt } from "./written.ts";

/** An expression that can be asked, and its text. */
export interface KnownExpression {
  readonly text: string;
  readonly condition: Condition;
}

export interface ParsedKnownCheck {
  readonly suspended: KnownExpression | undefined;
  readonly inProgress: KnownExpression | undefined;
  readonly failed: KnownExpression | undefined;
  readonly current: KnownExpression | undefined;
}

const order: readonly (readonly [keyof ParsedKnownCheck, HealthState])[] = [
  ["suspended", "Suspended"],
  ["inProgress", "Progressing"],
  ["failed", "Degraded"],
  ["current", "Healthy"],
];

/** What was just written often fails once or twice, until what it needs is there as well. */
const graceMs = 60_000;

/** Where the object has nothing to say. */
const silence = { suspended: "suspended", inProgress: "in progress", failed: "failed" };

/**
 * How well an object of a well-known kind does, by that kind's check and in the object's own words. What fails within a
 * minute after it was applied is in progress until that is over.
 */
export function assessByKnownCheck(
  live: LiveObject,
  check: ParsedKnownCheck,
  now: number,
): { readonly health: Health; readonly changesWithTime: boolean } {
  const health = healthBy(live, check);
  const isYoung = health.state === "Degraded" && now - (appliedAt(live) ?? Number.NEGATIVE_INFINITY) < graceMs;
  return { health: isYoung ? progressing(health.message) : health, changesWithTime: isYoung };
}

function healthBy(live: LiveObject, check: ParsedKnownCheck): Health {
  const stale = staleObjection(live);
  // Some controllers never write the generation, and their kinds default it to 0. Without a status the check sees that.
  if (
    stale !== undefined &&
    (statusOf(live)["observedGeneration"] !== 0 || live.metadata.deletionTimestamp !== undefined)
  )
    return stale;
  const variables = variablesOf(live);
  for (const [name, state] of order) {
    const expression = check[name];
    try {
      if (expression?.condition.holds(variables) !== true) continue;
    } catch (thrown) {
      const reason = toAppError(thrown).message;
      return { state: "Unknown", message: `Cannot tell the health of ${live.kind} by "${name}": ${reason}` };
    }
    if (name === "current") return healthy;
    const words = wordsOf(live, expression.text, true);
    return { state, message: words === "" ? silence[name] : words };
  }
  const words = wordsOf(live, check.current?.text ?? "", false);
  return progressing(words !== "" ? words : live["status"] === undefined ? "no status yet" : "not ready yet");
}

function variablesOf(live: LiveObject): Variables {
  const { managedFields: _managers, ...metadata } = live.metadata;
  const { apiVersion, kind } = live;
  return { apiVersion, kind, metadata, spec: withoutNulls(specOf(live)), status: withoutNulls(statusOf(live)) };
}

/** What is null is absent to whoever wrote it. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}
