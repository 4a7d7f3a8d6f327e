import { expect, test } from "vitest";
import { parseCondition } from "../../../common/cel/index.ts";
import { fieldManager, type Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { assessByKnownCheck, type ParsedKnownCheck } from "./known.ts";

const now = Date.parse("2026-11-23T12:00:00Z");

function widget(rest: object, metadata: object = {}): LiveObject {
  const meta = { name: "web", namespace: "shop", uid: "u1", resourceVersion: "7", generation: 2, ...metadata };
  return { apiVersion: "example.com/v1", kind: "Widget", metadata: meta, ...rest };
}

function conditions(...list: readonly (readonly [type: string, status: string, reason?: string, message?: string])[]) {
  return { status: { conditions: list.map(([type, status, reason, message]) => ({ type, status, reason, message })) } };
}

function parsed(expressions: { readonly [Name in keyof ParsedKnownCheck]?: string }): ParsedKnownCheck {
  const expressionOf = (text: string | undefined) =>
    text === undefined ? undefined : { text, condition: parseCondition(text) };
  return {
    suspended: expressionOf(expressions.suspended),
    inProgress: expressionOf(expressions.inProgress),
    failed: expressionOf(expressions.failed),
    current: expressionOf(expressions.current),
  };
}

const has = (type: string, status: string) =>
  `status.?conditions.orValue([]).exists(c, c.type == '${type}' && c.status == '${status}')`;
const check = parsed({
  suspended: "spec.?paused.orValue(false)",
  inProgress: has("Issuing", "True"),
  failed: has("Ready", "False"),
  current: `${has("Ready", "True")} && !(${has("Draining", "True")})`,
});
const byPhase = parsed({
  failed: "status.?phase.orValue('') == 'Failed'",
  current: "status.?phase.orValue('') == 'Running' && status.?members.orValue({}).all(m, status.members[m].ready)",
});

const told = (live: LiveObject, by = check) => assessByKnownCheck(live, by, now).health;

test.each<[when: string, live: LiveObject, by: ParsedKnownCheck, expected: Health]>([
  ["it is current", widget(conditions(["Ready", "True"])), check, { state: "Healthy", message: "" }],
  [
    "it is suspended",
    widget({ spec: { paused: true }, ...conditions(["Ready", "True"]) }),
    check,
    { state: "Suspended", message: "paused true" },
  ],
  [
    "the condition that is asked for says what goes on",
    widget(
      conditions(["Ready", "False", "Missing", "no Secret"], ["Issuing", "True", "Issuing", "waiting for the order"]),
    ),
    check,
    { state: "Progressing", message: "Issuing: waiting for the order" },
  ],
  [
    "it says why it failed",
    widget(conditions(["Other", "False", "Old", "stories"], ["Ready", "False", "Denied", "not in the zone"])),
    check,
    { state: "Degraded", message: "Denied: not in the zone" },
  ],
  [
    "it says nothing about that",
    widget(conditions(["Ready", "False"])),
    check,
    { state: "Degraded", message: "condition Ready is False" },
  ],
  [
    "it is not known yet",
    widget(conditions(["Ready", "Unknown", "Waiting"])),
    check,
    { state: "Progressing", message: "Waiting" },
  ],
  [
    "what must not hold does",
    widget(conditions(["Ready", "True", "Fine"], ["Draining", "True", "Moving", "to another node"])),
    check,
    { state: "Progressing", message: "Moving: to another node" },
  ],
  ["there is no status", widget({}), check, { state: "Progressing", message: "no status yet" }],
  ["the status is empty", widget({ status: {} }), check, { state: "Progressing", message: "not ready yet" }],
  [
    "parts are null",
    widget({ spec: null, status: { conditions: null } }),
    check,
    { state: "Progressing", message: "not ready yet" },
  ],
  [
    "a field and the message tell it",
    widget({ status: { phase: "Failed", message: "no room" } }),
    byPhase,
    { state: "Degraded", message: "phase Failed: no room" },
  ],
  [
    "only its parts tell it",
    widget({ status: { phase: "", members: { a: { ready: false } } } }),
    byPhase,
    { state: "Progressing", message: 'members {"a":{"ready":false}}' },
  ],
  [
    "what it says is of an older generation",
    widget({ status: { conditions: [{ type: "Ready", status: "True", observedGeneration: 1 }] } }),
    parsed({ current: "status.conditions.all(c, c.observedGeneration == metadata.generation)" }),
    { state: "Progressing", message: "conditions are of generation 1, the object is at generation 2" },
  ],
  [
    "the status is of an older generation",
    widget({ status: { observedGeneration: 1, phase: "Running" } }),
    byPhase,
    { state: "Progressing", message: "status is of generation 1, the object is at generation 2" },
  ],
  [
    "its controller never writes the generation",
    widget({ status: { observedGeneration: 0, phase: "Running" } }),
    byPhase,
    { state: "Healthy", message: "" },
  ],
  [
    "it is being deleted",
    widget(conditions(["Ready", "True"]), { deletionTimestamp: "2026-11-23T12:00:00Z" }),
    check,
    { state: "Progressing", message: "being deleted" },
  ],
  [
    "a field is of another type than in the versions that are known",
    widget({ status: { phase: "Running", members: "three" } }),
    byPhase,
    { state: "Unknown", message: expect.stringMatching(/^Cannot tell the health of Widget by "current": /) },
  ],
])("assessByKnownCheck(): %s", (_when, live, by, expected) => {
  expect(told(live, by)).toEqual(expected);
});

test("assessByKnownCheck() gives what was just applied a minute before it calls it failed", () => {
  const applied = (secondsAgo: number, manager: string = fieldManager) => {
    const time = new Date(now - secondsAgo * 1_000).toISOString();
    const managedFields = [
      { manager, operation: "Apply", time },
      { manager: "operator", operation: "Update", subresource: "status", time: new Date(now).toISOString() },
    ];
    return widget(conditions(["Ready", "False", "NoStore"]), { managedFields });
  };
  const at = (live: LiveObject) => assessByKnownCheck(live, check, now);
  expect(at(applied(59))).toEqual({ health: { state: "Progressing", message: "NoStore" }, changesWithTime: true });
  expect(at(applied(61))).toEqual({ health: { state: "Degraded", message: "NoStore" }, changesWithTime: false });
  expect(at(applied(5, "operator")).health.state).toBe("Degraded");
});

test("assessByKnownCheck() hears what the parts of an object say", () => {
  const refused = { type: "Accepted", status: "False", reason: "NoListener", message: "no such port" };
  const route = widget({
    status: { parents: [{ conditions: [{ type: "Accepted", status: "True" }] }, { conditions: [refused] }] },
  });
  const some = (status: string) =>
    `status.?parents.orValue([]).exists(p, p.conditions.exists(c, c.type in ['Accepted', 'ResolvedRefs'] && c.status == '${status}'))`;
  expect(told(route, parsed({ failed: some("False"), current: some("True") }))).toEqual({
    state: "Degraded",
    message: "NoListener: no such port",
  });
});

test("a generation that is written as text counts, a hash in its place does not", () => {
  const rollout = (observedGeneration: string) =>
    told(widget({ status: { observedGeneration, phase: "Running" } }), byPhase);
  expect([rollout("2"), rollout("1"), rollout("55db9f"), rollout("7766554433")].map(({ state }) => state)).toEqual([
    "Healthy",
    "Progressing",
    "Healthy",
    "Healthy",
  ]);
});
