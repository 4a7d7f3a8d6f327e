import { expect, test } from "vitest";
import type { Health, HealthState } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { assess } from "./index.ts";

const now = Date.parse("2026-11-23T12:00:00Z");
const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

interface Given {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: object;
  readonly status?: object;
}

function live(apiVersion: string, kind: string, { metadata, spec, status }: Given): LiveObject {
  const meta = { name: "web", namespace: "shop", uid: "u1", resourceVersion: "7", generation: 2, ...metadata };
  return { apiVersion, kind, metadata: meta, spec, status: { observedGeneration: 2, ...status } };
}

const is = (state: HealthState, message = ""): Health => ({ state, message });

type Case = readonly [when: string, given: Given, expected: Health];

const rolledOut = [
  { type: "Available", status: "True" },
  { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
];
const settled = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, conditions: rolledOut };
const three = { replicas: 3, progressDeadlineSeconds: 600 };
const forbidden = (minutes: number): Given => ({
  spec: three,
  status: {
    conditions: [
      {
        type: "ReplicaFailure",
        status: "True",
        reason: "FailedCreate",
        message: "quota",
        lastTransitionTime: minutesAgo(minutes),
      },
    ],
  },
});

test.each<Case>([
  ["all replicas are available", { spec: three, status: settled }, is("Healthy")],
  ["it is paused", { spec: { ...three, paused: true }, status: settled }, is("Suspended", "paused")],
  [
    "the progress deadline is exceeded",
    {
      spec: three,
      status: {
        ...settled,
        conditions: [
          { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "web-6 has timed out" },
        ],
      },
    },
    is("Degraded", "ProgressDeadlineExceeded: web-6 has timed out"),
  ],
  ["it was just created", { spec: three }, is("Progressing", "0 of 3 replicas created")],
  [
    "quota forbids its pods, within the grace",
    forbidden(0.5),
    is("Progressing", "0 of 3 replicas created (FailedCreate: quota)"),
  ],
  [
    "quota forbids its pods, past the grace",
    forbidden(2),
    is("Degraded", "0 of 3 replicas created (FailedCreate: quota)"),
  ],
  [
    "replicas are not updated",
    { spec: three, status: { ...settled, updatedReplicas: 1 } },
    is("Progressing", "1 of 3 replicas updated"),
  ],
  [
    "old replicas remain",
    { spec: three, status: { ...settled, replicas: 4 } },
    is("Progressing", "1 old replicas are to be removed"),
  ],
  [
    "replicas are not available",
    { spec: three, status: { ...settled, availableReplicas: 2 } },
    is("Progressing", "2 of 3 replicas available"),
  ],
  [
    "replicas are not ready",
    { spec: three, status: { ...settled, readyReplicas: 2 } },
    is("Progressing", "2 of 3 replicas ready"),
  ],
  [
    "the rollout has not ended",
    { spec: three, status: { ...settled, conditions: [rolledOut[0]] } },
    is("Progressing", "no progress reported yet"),
  ],
  [
    "it has no progress deadline",
    { spec: { replicas: 3 }, status: { ...settled, conditions: [rolledOut[0]] } },
    is("Healthy"),
  ],
  [
    "it is not Available",
    { spec: { replicas: 3 }, status: { ...settled, conditions: [] } },
    is("Progressing", "not available yet"),
  ],
  [
    "the status is of an older spec",
    { spec: three, status: { ...settled, observedGeneration: 1 } },
    is("Progressing", "status is of generation 1, the object is at generation 2"),
  ],
  [
    "it is being deleted",
    { metadata: { deletionTimestamp: minutesAgo(1) }, spec: three, status: settled },
    is("Progressing", "being deleted"),
  ],
])("assess() Deployment: %s", (_when, given, expected) => {
  expect(assess(live("apps/v1", "Deployment", given), now)).toEqual(expected);
});

const stable = { replicas: 3, readyReplicas: 3, updatedReplicas: 3, currentReplicas: 3 };
const sameRevision = { currentRevision: "web-1", updateRevision: "web-1" };
const stuck = (minutes: number) => ({
  managedFields: [
    { manager: "drover", operation: "Apply", time: minutesAgo(60) },
    { manager: "kube-controller-manager", operation: "Update", subresource: "status", time: minutesAgo(minutes) },
  ],
});

test.each<Case>([
  ["all replicas run the revision", { spec: { replicas: 3 }, status: { ...stable, ...sameRevision } }, is("Healthy")],
  ["replicas are missing", { spec: { replicas: 3 } }, is("Progressing", "0 of 3 replicas created")],
  [
    "replicas are not ready",
    { spec: { replicas: 3 }, status: { ...stable, readyReplicas: 2 } },
    is("Progressing", "2 of 3 replicas ready"),
  ],
  [
    "extra replicas remain",
    { spec: { replicas: 2 }, status: stable },
    is("Progressing", "1 replicas are to be removed"),
  ],
  [
    "revisions differ",
    {
      spec: { replicas: 3 },
      status: { ...stable, updatedReplicas: 1, currentRevision: "web-1", updateRevision: "web-2" },
    },
    is("Progressing", "1 of 3 replicas updated to revision web-2"),
  ],
  [
    "fewer are current",
    { spec: { replicas: 3 }, status: { ...stable, ...sameRevision, currentReplicas: 2 } },
    is("Progressing", "2 of 3 replicas current"),
  ],
  [
    "the partition is not filled",
    {
      spec: { replicas: 3, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } },
      status: { ...stable, updatedReplicas: 1 },
    },
    is("Progressing", "1 of 2 replicas updated (partition 1)"),
  ],
  [
    "the partition is filled",
    {
      spec: { replicas: 3, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } },
      status: { ...stable, updatedReplicas: 2, currentRevision: "web-1", updateRevision: "web-2" },
    },
    is("Healthy"),
  ],
  [
    "OnDelete leaves old pods alone",
    {
      spec: { replicas: 3, updateStrategy: { type: "OnDelete" } },
      status: { ...stable, updatedReplicas: 0, currentRevision: "web-1", updateRevision: "web-2" },
    },
    is("Healthy"),
  ],
  [
    "nothing moved for longer than the deadline",
    { metadata: stuck(12), spec: { replicas: 3 }, status: { ...stable, readyReplicas: 1 } },
    is("Degraded", "1 of 3 replicas ready, no progress for 12 minutes"),
  ],
  [
    "something moved within the deadline",
    { metadata: stuck(3), spec: { replicas: 3 }, status: { ...stable, readyReplicas: 1 } },
    is("Progressing", "1 of 3 replicas ready"),
  ],
])("assess() StatefulSet: %s", (_when, given, expected) => {
  expect(assess(live("apps/v1", "StatefulSet", given), now)).toEqual(expected);
});

const waiting = (reason: string, message?: string) => [{ name: "web", state: { waiting: { reason, message } } }];

const crashing = (restartCount: number) =>
  live("v1", "Pod", {
    status: { phase: "Running", containerStatuses: [{ ...waiting("CrashLoopBackOff")[0], restartCount }] },
  });
const unpullable = (minutes: number) =>
  live("v1", "Pod", {
    metadata: { creationTimestamp: minutesAgo(minutes) },
    status: { phase: "Pending", containerStatuses: waiting("ImagePullBackOff", "no such image") },
  });
const writtenAgo = (minutes: number) => ({
  managedFields: [
    { manager: "drover", operation: "Apply", time: minutesAgo(minutes) },
    { manager: "kube-controller-manager", operation: "Update", subresource: "status", time: minutesAgo(0) },
    { manager: "autoscaler", operation: "Update", subresource: "scale", time: minutesAgo(0) },
  ],
});

test.each<[when: string, kind: string, written: number, pods: readonly LiveObject[], expected: Health]>([
  [
    "a pod crash-loops, within the grace",
    "StatefulSet",
    10,
    [crashing(2)],
    is("Progressing", "2 of 3 replicas ready: container web: CrashLoopBackOff"),
  ],
  [
    "a pod crash-loops past the grace",
    "StatefulSet",
    10,
    [crashing(3)],
    is("Degraded", "2 of 3 replicas ready: container web: CrashLoopBackOff"),
  ],
  [
    "a pod crash-loops that may be of the revision before",
    "StatefulSet",
    0.5,
    [crashing(9)],
    is("Progressing", "2 of 3 replicas ready: container web: CrashLoopBackOff"),
  ],
  [
    "an image cannot be pulled, within the grace",
    "Deployment",
    10,
    [unpullable(0.5)],
    is("Progressing", "2 of 3 replicas created: container web: ImagePullBackOff: no such image"),
  ],
  [
    "an image cannot be pulled, past the grace",
    "Deployment",
    10,
    [unpullable(0.5), unpullable(2)],
    is("Degraded", "2 of 3 replicas created: container web: ImagePullBackOff: no such image"),
  ],
])("assess() with pods: %s", (_when, kind, written, pods, expected) => {
  const given = {
    metadata: writtenAgo(written),
    spec: { replicas: 3 },
    status: kind === "StatefulSet" ? { ...stable, readyReplicas: 2 } : { ...stable, replicas: 2 },
  };
  expect(assess(live("apps/v1", kind, given), now, pods)).toEqual(expected);
});

test("assess() with pods: a Job counts crashes itself, but not images that cannot be pulled", () => {
  const job = live("batch/v1", "Job", { metadata: writtenAgo(10), status: { startTime: minutesAgo(10), active: 1 } });
  const running = "running: 0 of 1 completions, 1 active";
  expect(assess(job, now, [crashing(9)])).toEqual(is("Progressing", `${running}: container web: CrashLoopBackOff`));
  expect(assess(job, now, [unpullable(2)])).toEqual(
    is("Degraded", `${running}: container web: ImagePullBackOff: no such image`),
  );
});

test("assess() with pods: a workload that is well is not asked for its pods' troubles", () => {
  expect(assess(live("apps/v1", "Deployment", { spec: three, status: settled }), now, [crashing(9)])).toEqual(
    is("Healthy"),
  );
});

const everywhere = {
  desiredNumberScheduled: 4,
  currentNumberScheduled: 4,
  updatedNumberScheduled: 4,
  numberAvailable: 4,
  numberReady: 4,
};

test.each<Case>([
  ["all pods are available", { status: everywhere }, is("Healthy")],
  ["it has no status", { status: { observedGeneration: undefined } }, is("Progressing", "no status yet")],
  [
    "pods are not scheduled",
    { status: { ...everywhere, currentNumberScheduled: 3 } },
    is("Progressing", "3 of 4 pods scheduled"),
  ],
  [
    "pods are not updated",
    { status: { ...everywhere, updatedNumberScheduled: 1 } },
    is("Progressing", "1 of 4 pods updated"),
  ],
  [
    "pods are not available",
    { status: { ...everywhere, numberAvailable: 3 } },
    is("Progressing", "3 of 4 pods available"),
  ],
  ["pods are not ready", { status: { ...everywhere, numberReady: 3 } }, is("Progressing", "3 of 4 pods ready")],
  [
    "OnDelete leaves old pods alone",
    { spec: { updateStrategy: { type: "OnDelete" } }, status: { ...everywhere, updatedNumberScheduled: 1 } },
    is("Healthy"),
  ],
])("assess() DaemonSet: %s", (_when, given, expected) => {
  expect(assess(live("apps/v1", "DaemonSet", given), now)).toEqual(expected);
});

const copies = { replicas: 2, fullyLabeledReplicas: 2, availableReplicas: 2, readyReplicas: 2 };

test.each<Case>([
  ["all replicas are available", { spec: { replicas: 2 }, status: copies }, is("Healthy")],
  [
    "its pods cannot be created",
    {
      spec: { replicas: 2 },
      status: { conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate" }] },
    },
    is("Degraded", "FailedCreate"),
  ],
  [
    "replicas are not labelled",
    { spec: { replicas: 2 }, status: { ...copies, fullyLabeledReplicas: 0 } },
    is("Progressing", "0 of 2 replicas labelled"),
  ],
  [
    "replicas are not available",
    { spec: { replicas: 2 }, status: { ...copies, availableReplicas: 1 } },
    is("Progressing", "1 of 2 replicas available"),
  ],
  [
    "extra replicas remain",
    { spec: { replicas: 1 }, status: copies },
    is("Progressing", "1 replicas are to be removed"),
  ],
])("assess() ReplicaSet: %s", (_when, given, expected) => {
  expect(assess(live("apps/v1", "ReplicaSet", given), now)).toEqual(expected);
});

const notReady = (minutes: number) => ({
  conditions: [
    { type: "Ready", status: "False", reason: "ContainersNotReady", lastTransitionTime: minutesAgo(minutes) },
  ],
});
const unschedulable = (minutes: number) => ({
  phase: "Pending",
  conditions: [
    {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/3 nodes are available",
      lastTransitionTime: minutesAgo(minutes),
    },
  ],
});

test.each<Case>([
  ["it succeeded", { status: { phase: "Succeeded" } }, is("Healthy")],
  ["it is ready", { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } }, is("Healthy")],
  [
    "it failed",
    {
      status: {
        phase: "Failed",
        containerStatuses: [{ name: "web", state: { terminated: { exitCode: 137, reason: "OOMKilled" } } }],
      },
    },
    is("Degraded", "container web: OOMKilled: exit code 137"),
  ],
  [
    "it was evicted",
    { status: { phase: "Failed", reason: "Evicted", message: "low on memory" } },
    is("Degraded", "Evicted: low on memory"),
  ],
  [
    "a container crash-loops",
    { status: { phase: "Running", containerStatuses: waiting("CrashLoopBackOff", "back-off 5m0s") } },
    is("Degraded", "container web: CrashLoopBackOff: back-off 5m0s"),
  ],
  [
    "an init container crash-loops",
    { status: { phase: "Pending", initContainerStatuses: waiting("CrashLoopBackOff") } },
    is("Degraded", "container web: CrashLoopBackOff"),
  ],
  [
    "its image cannot be pulled",
    { status: { phase: "Pending", ...notReady(2), containerStatuses: waiting("ImagePullBackOff", "no such image") } },
    is("Degraded", "container web: ImagePullBackOff: no such image"),
  ],
  [
    "its image cannot be pulled, within the grace",
    { status: { phase: "Pending", ...notReady(0.5), containerStatuses: waiting("ErrImagePull") } },
    is("Progressing", "container web: ErrImagePull"),
  ],
  [
    "it does not fit on any node",
    { status: unschedulable(1) },
    is("Degraded", "Unschedulable: 0/3 nodes are available"),
  ],
  [
    "it does not fit on any node, within the grace",
    { status: unschedulable(0.1) },
    is("Progressing", "Unschedulable: 0/3 nodes are available"),
  ],
  [
    "it runs but is not ready",
    { status: { phase: "Running", ...notReady(5) } },
    is("Progressing", "ContainersNotReady"),
  ],
  ["its node is lost", { status: { phase: "Unknown" } }, is("Unknown", "the node does not answer")],
])("assess() Pod: %s", (_when, given, expected) => {
  expect(assess(live("v1", "Pod", given), now)).toEqual(expected);
});
