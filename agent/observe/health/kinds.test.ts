import { expect, test } from "vitest";
import type { Health, HealthState } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { assess, isDoneWhenGone, needsStatus } from "./index.ts";

const now = Date.parse("2026-11-23T12:00:00Z");

type Given = Readonly<Record<string, unknown>>;

function live(apiVersion: string, kind: string, { metadata, ...rest }: Given): LiveObject {
  const meta = { name: "web", namespace: "shop", uid: "u1", resourceVersion: "7", ...(metadata as object | undefined) };
  return { apiVersion, kind, metadata: meta, ...rest };
}

const is = (state: HealthState, message = ""): Health => ({ state, message });
const conditions = (...list: readonly (readonly [type: string, status: string, reason?: string])[]) => ({
  status: { conditions: list.map(([type, status, reason]) => ({ type, status, reason })) },
});

type Case = readonly [when: string, given: Given, expected: Health];

test.each<Case>([
  ["complete", conditions(["Complete", "True"]), is("Healthy")],
  ["failed", conditions(["Failed", "True", "BackoffLimitExceeded"]), is("Degraded", "BackoffLimitExceeded")],
  ["suspended", { spec: { suspend: true } }, is("Suspended", "suspended")],
  ["not started", { spec: {} }, is("Progressing", "not started")],
  [
    "running, as what a hook or gate waits for",
    { spec: { completions: 3 }, status: { startTime: "2026-11-23T11:59:00Z", active: 1, succeeded: 2, failed: 1 } },
    is("Progressing", "running: 2 of 3 completions, 1 active, 1 failed"),
  ],
])("assess() Job: %s", (_when, given, expected) => {
  expect(assess(live("batch/v1", "Job", given), now)).toEqual(expected);
});

test("isDoneWhenGone() Job: one with a time to live that is gone has succeeded", () => {
  const job = (spec: object) => ({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "migrate" }, spec });
  expect([isDoneWhenGone(job({ ttlSecondsAfterFinished: 0 })), isDoneWhenGone(job({}))]).toEqual([true, false]);
});

const noon = "2026-11-23T12:00:00Z";
const eleven = "2026-11-23T11:00:00Z";

test.each<Case>([
  ["not scheduled yet", { spec: {}, status: {} }, is("Healthy")],
  ["suspended", { spec: { suspend: true } }, is("Suspended", "suspended")],
  ["last job succeeded", { status: { lastScheduleTime: eleven, lastSuccessfulTime: noon } }, is("Healthy")],
  [
    "last job failed",
    { status: { lastScheduleTime: noon, lastSuccessfulTime: eleven } },
    is("Degraded", `the run of ${noon} did not succeed`),
  ],
  ["first job failed", { status: { lastScheduleTime: noon } }, is("Degraded", `the run of ${noon} did not succeed`)],
  ["running", { status: { lastScheduleTime: noon, active: [{ name: "web-1" }] } }, is("Healthy")],
])("assess() CronJob: %s", (_when, given, expected) => {
  expect(assess(live("batch/v1", "CronJob", given), now)).toEqual(expected);
});

test.each<Case>([
  ["of type ClusterIP", { spec: { type: "ClusterIP" } }, is("Healthy")],
  ["LoadBalancer without cluster IP", { spec: { type: "LoadBalancer" } }, is("Progressing", "no cluster IP yet")],
  [
    "LoadBalancer without address",
    { spec: { type: "LoadBalancer", clusterIP: "10.0.0.1" }, status: { loadBalancer: {} } },
    is("Progressing", "no load balancer address yet"),
  ],
  [
    "LoadBalancer with an address",
    {
      spec: { type: "LoadBalancer", clusterIP: "10.0.0.1" },
      status: { loadBalancer: { ingress: [{ hostname: "lb.example.com" }] } },
    },
    is("Healthy"),
  ],
])("assess() Service: %s", (_when, given, expected) => {
  expect(assess(live("v1", "Service", given), now)).toEqual(expected);
});

test("assess() Ingress: Healthy without an address, because many controllers never write one", () => {
  expect(assess(live("networking.k8s.io/v1", "Ingress", { status: { loadBalancer: {} } }), now)).toEqual(is("Healthy"));
});

test.each<Case>([
  ["Bound", { status: { phase: "Bound" } }, is("Healthy")],
  ["Lost", { spec: { volumeName: "pv-1" }, status: { phase: "Lost" } }, is("Degraded", 'its volume "pv-1" is lost')],
  ["Pending until its first consumer", { status: { phase: "Pending" } }, is("Healthy")],
  [
    "Pending while a volume is made",
    {
      metadata: { annotations: { "volume.kubernetes.io/storage-provisioner": "csi.example.com" } },
      status: { phase: "Pending" },
    },
    is("Progressing", "no volume bound yet"),
  ],
])("assess() PVC: %s", (_when, given, expected) => {
  expect(assess(live("v1", "PersistentVolumeClaim", given), now)).toEqual(expected);
});

test.each<Case>([
  ["established", conditions(["NamesAccepted", "True"], ["Established", "True"]), is("Healthy")],
  [
    "names not accepted",
    conditions(["NamesAccepted", "False", "ListKindConflict"]),
    is("Degraded", "ListKindConflict"),
  ],
  ["installing", conditions(["Established", "False", "Installing"]), is("Progressing", "not established yet")],
  ["not established", conditions(["Established", "False", "NotAccepted"]), is("Degraded", "NotAccepted")],
  [
    "not established yet, with names that are accepted",
    conditions(["NamesAccepted", "True"], ["Established", "False", "InitialNamesAccepted"]),
    is("Progressing", "not established yet"),
  ],
  [
    "its webhook's CA is no CA",
    conditions(["Established", "False", "InvalidCABundle"]),
    is("Degraded", "InvalidCABundle"),
  ],
  [
    "schema not structural",
    conditions(["Established", "True"], ["NonStructuralSchema", "True", "Violations"]),
    is("Degraded", "Violations"),
  ],
  ["terminating", conditions(["Terminating", "True", "InstanceDeletion"]), is("Progressing", "InstanceDeletion")],
])("assess() CRD: %s", (_when, given, expected) => {
  expect(assess(live("apiextensions.k8s.io/v1", "CustomResourceDefinition", given), now)).toEqual(expected);
});

test.each<Case>([
  ["observed", { metadata: { generation: 2 }, status: { observedGeneration: 2 } }, is("Healthy")],
  [
    "not observed",
    { metadata: { generation: 2 }, status: { observedGeneration: 1 } },
    is("Progressing", "status is of generation 1, the object is at generation 2"),
  ],
])("assess() PDB: %s", (_when, given, expected) => {
  expect(assess(live("policy/v1", "PodDisruptionBudget", given), now)).toEqual(expected);
});

test.each(["Secret", "ConfigMap"])("assess() %s: Healthy because it exists, needsStatus() false", (kind) => {
  expect([assess(live("v1", kind, {}), now), needsStatus("", kind)]).toEqual([is("Healthy"), false]);
});

test.each<Case>([
  ["scaling", conditions(["AbleToScale", "True", "ReadyForNewScale"], ["ScalingLimited", "True"]), is("Healthy")],
  ["target missing", conditions(["AbleToScale", "False", "FailedGetScale"]), is("Healthy", "warning: FailedGetScale")],
  [
    "metric missing",
    conditions(["ScalingActive", "False", "FailedGetResourceMetric"]),
    is("Healthy", "warning: FailedGetResourceMetric"),
  ],
  [
    "selector invalid",
    conditions(["ScalingActive", "False", "InvalidSelector"]),
    is("Healthy", "warning: InvalidSelector"),
  ],
  ["scaled to zero", conditions(["ScalingActive", "False", "ScalingDisabled"]), is("Healthy")],
])("assess() HPA only warns: %s", (_when, given, expected) => {
  expect(assess(live("autoscaling/v2", "HorizontalPodAutoscaler", given), now)).toEqual(expected);
});

test.each<Case>([
  ["available", conditions(["Available", "True"]), is("Healthy")],
  ["not available", conditions(["Available", "False", "MissingEndpoints"]), is("Progressing", "MissingEndpoints")],
  ["new", {}, is("Progressing", "waiting to be processed")],
])("assess() APIService: %s", (_when, given, expected) => {
  expect(assess(live("apiregistration.k8s.io/v1", "APIService", given), now)).toEqual(expected);
});

test.each<Case>([
  ["without status", {}, is("Healthy")],
  ["with a status that is no object", { status: "fine" }, is("Healthy")],
  ["Ready", conditions(["Ready", "True"]), is("Healthy")],
  ["not Ready", conditions(["Ready", "False", "Issuing"]), is("Progressing", "Issuing")],
  ["Ready unknown", conditions(["Ready", "Unknown"]), is("Progressing", "condition Ready is Unknown")],
  ["Reconciling", conditions(["Reconciling", "True"], ["Ready", "True"]), is("Progressing", "reconciling")],
  ["Stalled", conditions(["Stalled", "True", "BuildFailed"], ["Ready", "True"]), is("Degraded", "BuildFailed")],
])("assess() Custom: %s", (_when, given, expected) => {
  expect([assess(live("example.com/v1", "Database", given), now), needsStatus("example.com", "Database")]).toEqual([
    expected,
    true,
  ]);
});
