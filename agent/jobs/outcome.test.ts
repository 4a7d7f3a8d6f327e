import { expect, test } from "vitest";
import type { LiveObject } from "../ports.ts";
import { outcomeOf } from "./outcome.ts";

const job = (status?: object): LiveObject => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "check", uid: "u", resourceVersion: "1" },
  ...(status === undefined ? {} : { status }),
});
const condition = (type: string, status = "True") => ({ type, status, reason: "Why", message: "because" });

test("outcomeOf() tells running, succeeded and failed apart, with Kubernetes' own words", () => {
  expect(
    [
      job(),
      job({ startTime: "x", active: 1 }),
      job({ startTime: "x", active: 1, failed: 2, conditions: [condition("Failed", "False")] }),
      // Its pods are still going: not the end yet.
      job({ startTime: "x", active: 1, conditions: [condition("FailureTarget")] }),
      job({ startTime: "x", succeeded: 1, conditions: [condition("Complete")] }),
      job({ startTime: "x", failed: 1, conditions: [condition("Failed")] }),
      job({ conditions: [{ type: "Failed", status: "True" }] }),
    ].map(outcomeOf),
  ).toEqual([
    { state: "running", message: "not started" },
    { state: "running", message: "pods: 1 active, 0 succeeded" },
    { state: "running", message: "pods: 1 active, 0 succeeded, 2 failed" },
    { state: "running", message: "pods: 1 active, 0 succeeded" },
    { state: "succeeded", message: "" },
    { state: "failed", message: "Why: because" },
    { state: "failed", message: "failed" },
  ]);
});
