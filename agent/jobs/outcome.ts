import type { JobReport } from "../../common/domain/index.ts";
import type { LiveObject } from "../ports.ts";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** How a Job does, by what its controller wrote. */
export function outcomeOf(job: LiveObject): Omit<JobReport, "log"> {
  const { conditions = [], ...counts } = (job["status"] ?? {}) as {
    readonly conditions?: readonly Condition[];
    readonly startTime?: string;
    readonly active?: number;
    readonly succeeded?: number;
    readonly failed?: number;
  };
  const holds = (type: string) => conditions.find((each) => each.type === type && each.status === "True");
  if (holds("Complete") !== undefined) return { state: "succeeded", message: "" };
  const failed = holds("Failed");
  if (failed !== undefined) return { state: "failed", message: said(failed) };
  if (counts.startTime === undefined) return { state: "running", message: "not started" };
  const { active = 0, succeeded = 0, failed: retried = 0 } = counts;
  const parts = [`${active} active`, `${succeeded} succeeded`, ...(retried === 0 ? [] : [`${retried} failed`])];
  return { state: "running", message: `pods: ${parts.join(", ")}` };
}

function said({ reason = "", message = "" }: Condition): string {
  return [reason, message].filter((part) => part !== "").join(": ") || "failed";
}
