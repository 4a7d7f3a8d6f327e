import type { Condition, Variables } from "../../../common/cel/index.ts";
import type { Health } from "../../../common/domain/index.ts";
import { toAppError } from "../../../common/errors.ts";
import type { LiveObject } from "../../ports.ts";
import { conditionOf, degraded, explain, healthy, progressing, statusOf, textOf } from "./fields.ts";
import { staleObjection } from "./generic.ts";

/** A health check whose expressions can be asked; undefined where there is none. */
export interface ParsedHealthCheck {
  readonly inProgress: Condition | undefined;
  readonly failed: Condition | undefined;
  readonly current: Condition | undefined;
}

/**
 * How well an object does by its application's own check, which speaks instead of the kind's rule. What cannot be evaluated
 * is Unknown: a field that is read without `has()` or `.?` may come with the controller's first status.
 */
export function assessByCheck(live: LiveObject, check: ParsedHealthCheck): Health {
  const stale = staleObjection(live);
  if (stale !== undefined) return stale;
  const variables = variablesOf(live);
  for (const name of ["inProgress", "failed", "current"] as const) {
    try {
      if (check[name]?.holds(variables) !== true) continue;
    } catch (thrown) {
      return { state: "Unknown", message: `Cannot evaluate health check "${name}": ${toAppError(thrown).message}` };
    }
    if (name === "current") return healthy;
    return (name === "failed" ? degraded : progressing)(`health check "${name}" holds${detailOf(live)}`);
  }
  return progressing(`health check "current" does not hold${detailOf(live)}`);
}

/** The managers are half of an object's size, and nobody's health. */
function variablesOf(live: LiveObject): Variables {
  const { managedFields: _managers, ...metadata } = live.metadata;
  return { ...live, metadata };
}

/** What the object itself has to say, where it follows the conventions. */
function detailOf(live: LiveObject): string {
  const ready = conditionOf(live, "Ready");
  const detail = ready === undefined ? textOf(statusOf(live)["message"]) : explain(ready, "");
  return detail === "" ? "" : `: ${detail}`;
}
