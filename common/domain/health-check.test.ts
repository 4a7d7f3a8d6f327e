import { expect, test } from "vitest";
import { type HealthCheck, healthCheckFor } from "./health-check.ts";

const check = (group: string, kind: string): HealthCheck => ({ group, kind, inProgress: "", failed: "", current: "a" });

test("healthCheckFor() prefers the kind's own check to its group's", () => {
  const ofGroup = check("cert-manager.io", "");
  const ofKind = check("cert-manager.io", "Certificate");
  const checks = [check("", "Certificate"), ofGroup, ofKind];
  expect(healthCheckFor(checks, { group: "cert-manager.io", kind: "Certificate" })).toBe(ofKind);
  expect(healthCheckFor(checks, { group: "cert-manager.io", kind: "Issuer" })).toBe(ofGroup);
  expect(healthCheckFor(checks, { group: "apps", kind: "Certificate" })).toBeUndefined();
});

test("healthCheckFor() has none for Secrets", () => {
  expect(healthCheckFor([check("", ""), check("", "Secret")], { group: "", kind: "Secret" })).toBeUndefined();
  expect(healthCheckFor([check("", "")], { group: "", kind: "ConfigMap" })).toEqual(check("", ""));
});
