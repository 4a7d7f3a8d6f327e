import { expect, test } from "vitest";
import { refOf } from "../../common/domain/index.ts";
import type { LiveObject } from "../ports.ts";
import { createKnownChecks } from "./known-checks.ts";

function live(apiVersion: string, kind: string, status: object): LiveObject {
  const metadata = { name: "web", namespace: "shop", uid: "u1", resourceVersion: "7" };
  return { apiVersion, kind, metadata, status };
}

const failed = { conditions: [{ type: "Ready", status: "False", reason: "Denied" }] };
const certificate = live("cert-manager.io/v1", "Certificate", failed);
const gadget = live("example.com/v1", "Gadget", failed);

test("createKnownChecks() tells of well-known kinds, and leaves others to the rules", async () => {
  const checks = createKnownChecks();
  const assess = (object: LiveObject) => checks.assess(object, refOf(object), 0)?.health;
  await checks.ready(refOf(certificate));
  expect(assess(certificate)).toEqual({ state: "Degraded", message: "Denied" });
  expect(assess(gadget)).toBeUndefined();
  expect(assess(live("networking.k8s.io/v1", "Ingress", failed))).toBeUndefined();
  expect(assess(live("v1", "Pod", failed))).toBeUndefined();
});

test("createKnownChecks() calls nothing healthy that it might know before it is ready", async () => {
  const checks = createKnownChecks();
  const loading = {
    health: { state: "Progressing", message: "how to tell its health is being loaded" },
    changesWithTime: false,
  };
  expect(checks.assess(gadget, refOf(gadget), 0)).toEqual(loading);
  expect(checks.assess(live("apps/v1", "Deployment", {}), { group: "apps", kind: "Deployment" }, 0)).toBeUndefined();
  await checks.ready(refOf(gadget));
  expect(checks.assess(gadget, refOf(gadget), 0)).toBeUndefined();
  expect(checks.assess(certificate, refOf(certificate), 0)).toEqual(loading);
  await checks.ready(refOf(certificate));
  expect(checks.assess(certificate, refOf(certificate), 0)?.health.state).toBe("Degraded");
});
