import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { type Condition, conditionOf, explain, healthy } from "./fields.ts";

/**
 * Only ever warns (Healthy, with a message): metrics are missing whenever the workload beside it starts, and a rollout
 * must not fail for that.
 */
export function assessHorizontalPodAutoscaler(live: LiveObject): Health {
  for (const type of ["AbleToScale", "ScalingActive"]) {
    const condition = conditionOf(live, type);
    if (condition?.status === "False" && isFailure(condition)) {
      return { state: "Healthy", message: `warning: ${explain(condition, type)}` };
    }
  }
  return healthy;
}

function isFailure({ reason }: Condition): boolean {
  return (
    reason === "FailedGetScale" ||
    reason === "FailedUpdateScale" ||
    reason === "InvalidSelector" ||
    (reason.startsWith("Failed") && reason.endsWith("Metric"))
  );
}
