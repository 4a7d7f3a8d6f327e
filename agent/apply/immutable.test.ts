import { expect, test } from "vitest";
import { AppError } from "../../common/errors.ts";
import { isImmutableChange, probeOf } from "./immutable.ts";

function refused(...messages: readonly string[]): AppError {
  const causes = messages.map((message) => ({ reason: "FieldValueInvalid", message, field: "spec.x" }));
  return new AppError("INVALID_ARGUMENT", "Cannot apply Job shop/a: it is invalid", {
    details: { status: 422, causes },
  });
}

test("isImmutableChange() knows how fields that cannot be changed are refused", () => {
  for (const message of [
    "Invalid value: {}: field is immutable",
    "Forbidden: field is immutable when `immutable` is set",
    "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
    "Forbidden: updates to provisioner are forbidden.",
    "Invalid value: {}: cannot change roleRef",
    "Forbidden: may not be changed in an update.",
    'Invalid value: "string": Value is immutable',
  ]) {
    expect(isImmutableChange(refused(message))).toBe(true);
  }
});

test("isImmutableChange() is not about anything else, even beside it", () => {
  expect(isImmutableChange(refused("Invalid value: -1: must be greater than or equal to 0"))).toBe(false);
  expect(isImmutableChange(refused("field is immutable", "Required value"))).toBe(false);
  expect(isImmutableChange(refused())).toBe(false);
  const webhook = new AppError("INVALID_ARGUMENT", "denied: this is immutable", { details: { status: 400 } });
  expect(isImmutableChange(webhook)).toBe(false);
});

test("probeOf() has a name that is valid wherever the object's own is", () => {
  const named = (name: string) => probeOf({ apiVersion: "v1", kind: "Secret", metadata: { name } }).metadata.name;
  expect(named("web")).toBe("web-drover-probe");
  expect(named(`${"a".repeat(31)}.${"b".repeat(40)}`)).toBe(`${"a".repeat(31)}-drover-probe`);
});
