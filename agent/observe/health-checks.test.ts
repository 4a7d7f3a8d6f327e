import { expect, test } from "vitest";
import type { HealthCheck } from "../../common/domain/index.ts";
import { refOf } from "../../common/domain/index.ts";
import type { LiveObject } from "../ports.ts";
import { createHealthChecks } from "./health-checks.ts";

const widget: LiveObject = {
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name: "web", namespace: "shop", uid: "u1", resourceVersion: "7" },
  status: { phase: "Running", text: `${"a".repeat(40)}b` },
};
const ref = refOf(widget);

function check(current: string, kind = "Widget"): HealthCheck {
  return { group: "example.com", kind, inProgress: "", failed: "", current };
}

test("createHealthChecks() asks the check of the object's own application", async () => {
  const checks = createHealthChecks(() => 0);
  checks.set("prod", new Map([["shop", [check("status.phase == 'Running'")]]]));
  await checks.ready();
  expect(checks.assess(widget, ref, "prod", "shop")).toEqual({ state: "Healthy", message: "" });
  expect(checks.assess(widget, ref, "prod", "other")).toBeUndefined();
  expect(checks.assess(widget, ref, "dev", "shop")).toBeUndefined();
  checks.set("prod", new Map());
  expect(checks.assess(widget, ref, "prod", "shop")).toBeUndefined();
});

test("createHealthChecks() is Unknown about what it cannot read, and before it is ready", async () => {
  const checks = createHealthChecks(() => 0);
  checks.set("prod", new Map([["shop", [check("status..phase")]]]));
  expect(checks.assess(widget, ref, "prod", "shop")).toEqual({
    state: "Unknown",
    message: "The health check is being loaded",
  });
  await checks.ready();
  expect(checks.assess(widget, ref, "prod", "shop")).toEqual({
    state: "Unknown",
    message: "Cannot read the health check for Widget: at character 8: expected IDENTIFIER, got DOT",
  });
});

test("createHealthChecks() ends an expression that runs away, and leaves it alone for a while", async () => {
  let now = 0;
  const checks = createHealthChecks(() => now);
  checks.set("prod", new Map([["shop", [check("status.text.matches('^(a+)+$')")]]]));
  await checks.ready();
  const slow = {
    state: "Unknown",
    message: 'Cannot evaluate health check "current": it took longer than 250 ms',
  };
  expect(checks.assess(widget, ref, "prod", "shop")).toEqual(slow);
  expect(checks.assess({ ...widget, status: { text: "aaa" } }, ref, "prod", "shop")).toEqual(slow);
  now = 61_000;
  expect(checks.assess({ ...widget, status: { text: "aaa" } }, ref, "prod", "shop")?.state).toBe("Healthy");
});

test("version() is empty for kinds without a check and changes with the check", () => {
  const checks = createHealthChecks(() => 0);
  const kind = { group: "example.com", kind: "Widget" };
  expect(checks.version(kind)).toBe("");
  checks.set("prod", new Map([["shop", [check("status.a")]]]));
  const before = checks.version(kind);
  expect(before).not.toBe("");
  expect(checks.version({ group: "example.com", kind: "Gadget" })).toBe("");
  checks.set("prod", new Map([["shop", [check("status.a")]]]));
  expect(checks.version(kind)).toBe(before);
  checks.set("prod", new Map([["shop", [check("status.b")]]]));
  expect(checks.version(kind)).not.toBe(before);
});
