import { expect, test } from "vitest";
import type { LiveObject } from "../ports.ts";
import { observedOf, reassessed } from "./facts.ts";

const writtenAt = Date.parse("2026-11-23T12:00:00Z");
const minutes = (count: number) => writtenAt + count * 60_000;

const statefulSet: LiveObject = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: {
    name: "web",
    namespace: "shop",
    uid: "u1",
    resourceVersion: "7",
    managedFields: [
      { manager: "drover", operation: "Apply", time: "2026-11-23T11:59:00Z", fieldsV1: { "f:spec": {} } },
      {
        manager: "kube-controller-manager",
        operation: "Update",
        subresource: "status",
        time: "2026-11-23T12:00:00Z",
        fieldsV1: { "f:status": {} },
      },
    ],
  },
  spec: { replicas: 3 },
  status: { replicas: 3, readyReplicas: 1 },
};

test("reassessed() lets a deadline run out that is counted from when the status was written", () => {
  const observed = observedOf(statefulSet, minutes(1));
  expect(observed.health).toEqual({ state: "Progressing", message: "1 of 3 replicas ready" });
  expect(observed.unfinished?.live.metadata.managedFields).toEqual([
    { manager: "drover", operation: "Apply", time: "2026-11-23T11:59:00Z" },
    {
      manager: "kube-controller-manager",
      operation: "Update",
      subresource: "status",
      time: "2026-11-23T12:00:00Z",
    },
  ]);
  expect(reassessed(observed, minutes(12), []).health).toEqual({
    state: "Degraded",
    message: "1 of 3 replicas ready, no progress for 12 minutes",
  });
});

test("observedOf() keeps nothing to assess again of what time does not change", () => {
  const claim = { ...statefulSet, apiVersion: "v1", kind: "Service", spec: { type: "LoadBalancer" } };
  const observed = observedOf(claim, minutes(1));
  expect(observed.health.state).toBe("Progressing");
  expect(observed.unfinished).toBeUndefined();
  expect(reassessed(observed, minutes(60), [])).toBe(observed);
});

test("observedOf() takes the verdict of a health check for the kind's", () => {
  const verdict = { state: "Healthy", message: "" } as const;
  const observed = observedOf(statefulSet, minutes(1), [], ({ ref }) => (ref.name === "web" ? verdict : undefined));
  expect(observed).toMatchObject({ health: verdict, unfinished: undefined });
});
