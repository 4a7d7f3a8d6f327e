import { expect, test } from "vitest";
import { parseCondition } from "./condition.ts";

const certificate = {
  apiVersion: "cert-manager.io/v1",
  metadata: { name: "web", generation: 2 },
  spec: { replicas: 3, ratio: 0.5 },
  status: { observedGeneration: 2, conditions: [{ type: "Ready", status: "True" }] },
};

test.each([
  ["status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')", true],
  ["status.?conditions.orValue([]).exists(c, c.type == 'Ready')", true],
  ["status.?absent.orValue([]).exists(c, c.type == 'Ready')", false],
  ["has(status.phase) && status.phase == 'Failed'", false],
  ["metadata.generation == status.observedGeneration", true],
  ["spec.replicas + 1 == 4 && spec.ratio < 1", true],
  ["status.absent == 1 || true", true],
  ["apiVersion.startsWith('cert-manager.io/')", true],
])("parseCondition() evaluates %s", (text, expected) => {
  expect(parseCondition(text).holds(certificate)).toBe(expected);
});

test.each([
  ["status..phase", "at character 8: expected IDENTIFIER, got DOT"],
  ["status.phase == ", "at character 17: unexpected token: EOF"],
  ["status.phase == 'Ready", "at character 17: unterminated string"],
  ["", "at character 1: unexpected token: EOF"],
  ["now() > 1", "at character 1: found no matching overload for 'now()'"],
  ["has(status)", "at character 5: has() invalid argument"],
  ["1 + 1", "its value is of type int, not bool"],
  [`${"(".repeat(60)}true${")".repeat(60)}`, "at character 51: exceeded maxDepth (50)"],
  [`'${"x".repeat(5_000)}' == ''`, "longer than 4096 characters"],
])("parseCondition() refuses %s", (text, message) => {
  expect(() => parseCondition(text)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT", message }));
});

test.each([
  ["status.phase == 'Ready'", "no such key: phase"],
  ["data.a == 'b'", "unknown variable: data"],
  ["status.conditions[3].status == 'True'", "no such key: index out of bounds, index 3 >= size 1"],
  ["status.constructor == 1", "no such key: constructor"],
  ["metadata.name", "its value is not true or false"],
])("holds() cannot tell %s", (text, message) => {
  const condition = parseCondition(text);
  expect(() => condition.holds(certificate)).toThrow(expect.objectContaining({ code: "FAILED_PRECONDITION", message }));
});
