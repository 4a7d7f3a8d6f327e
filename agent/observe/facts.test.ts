import { expect, test } from "vitest";
import type { LiveObject } from "../ports.ts";
import { type Check, observedOf, reassessed } from "./facts.ts";

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

test("observedOf() takes the verdict of a health check for the kind's, and asks it again when that says so", () => {
  const healthy = { state: "Healthy", message: "" } as const;
  const done: Check = (_live, { ref }) =>
    ref.name === "web" ? { health: healthy, changesWithTime: false } : undefined;
  const observed = observedOf(statefulSet, minutes(1), [], done);
  expect(observed).toMatchObject({ health: healthy, unfinished: undefined });
  const young: Check = () => ({ health: { state: "Progressing", message: "young" }, changesWithTime: true });
  const unfinished = observedOf(statefulSet, minutes(1), [], young);
  expect(unfinished).toMatchObject({ health: { message: "young" }, unfinished: { pods: [] } });
  expect(reassessed(unfinished, minutes(2), [], done)).toMatchObject({ health: healthy, unfinished: undefined });
});
