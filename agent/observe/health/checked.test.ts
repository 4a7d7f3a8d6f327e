import { expect, test } from "vitest";
import { parseCondition } from "../../../common/cel/index.ts";
import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { assessByCheck, type ParsedHealthCheck } from "./checked.ts";

function widget(status: object | undefined, metadata: object = {}): LiveObject {
  const meta = { name: "web", namespace: "shop", uid: "u1", resourceVersion: "7", generation: 2, ...metadata };
  return { apiVersion: "example.com/v1", kind: "Widget", metadata: meta, spec: { size: 3 }, ...(status && { status }) };
}

const check: ParsedHealthCheck = {
  inProgress: parseCondition("status.phase == 'Starting'"),
  failed: parseCondition("status.phase in ['Failed', 'Both']"),
  current: parseCondition("status.phase in ['Running', 'Both'] && status.size == spec.size"),
};

test.each<[when: string, live: LiveObject, expected: Health]>([
  ["current holds", widget({ phase: "Running", size: 3 }), { state: "Healthy", message: "" }],
  [
    "inProgress holds",
    widget({ phase: "Starting" }),
    { state: "Progressing", message: 'health check "inProgress" holds' },
  ],
  [
    "failed holds, and the object says why",
    widget({ phase: "Failed", message: "no room" }),
    { state: "Degraded", message: 'health check "failed" holds: no room' },
  ],
  [
    "failed is asked before current",
    widget({ phase: "Both", size: 3 }),
    { state: "Degraded", message: 'health check "failed" holds' },
  ],
  [
    "none holds",
    widget({
      phase: "Running",
      size: 2,
      conditions: [{ type: "Ready", status: "False", reason: "Resizing", message: "2 of 3" }],
    }),
    { state: "Progressing", message: 'health check "current" does not hold: Resizing: 2 of 3' },
  ],
  [
    "a field is absent",
    widget(undefined),
    { state: "Unknown", message: 'Cannot evaluate health check "inProgress": unknown variable: status' },
  ],
  [
    "the status is of an older generation",
    widget({ phase: "Failed", observedGeneration: 1 }),
    { state: "Progressing", message: "status is of generation 1, the object is at generation 2" },
  ],
  [
    "it is being deleted",
    widget({ phase: "Running", size: 3 }, { deletionTimestamp: "2026-11-23T12:00:00Z" }),
    { state: "Progressing", message: "being deleted" },
  ],
])("assessByCheck(): %s", (_when, live, expected) => {
  expect(assessByCheck(live, check)).toEqual(expected);
});

test("assessByCheck() does not hear Reconciling and Stalled, which the check may mean otherwise", () => {
  const conditions = [{ type: "Stalled", status: "True" }];
  expect(assessByCheck(widget({ phase: "Running", size: 3, conditions }), check).state).toBe("Healthy");
});
