import { expect, test } from "vitest";
import type { HealthState } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { assess } from "./index.ts";

/** The cases that kstatus and Argo CD keep for their own rules, by their names there. Where our verdict is another one, it says why. */
const now = Date.parse("2026-11-23T12:00:00Z");
const at = (secondsAgo: number) => new Date(now - secondsAgo * 1_000).toISOString();

type Given = Readonly<Record<string, unknown>>;
type Case = readonly [name: string, given: Given, expected: HealthState, why?: string];

function live({ metadata, ...rest }: Given): LiveObject {
  const meta = {
    name: "test",
    namespace: "qual",
    uid: "u",
    resourceVersion: "1",
    generation: 1,
    ...(metadata as object),
  };
  return { apiVersion: "", kind: "", metadata: meta, ...rest };
}

const of = (apiVersion: string, kind: string) => (rest: Given) => ({ apiVersion, kind, ...rest });
type Conditions = readonly (readonly [type: string, status: string, reason?: string])[];
const conditions = (...list: Conditions) => list.map(([type, status, reason = ""]) => ({ type, status, reason }));

const pod = of("v1", "Pod");
const unscheduled = (since: string) =>
  pod({
    status: {
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", lastTransitionTime: since }],
    },
  });
const container = (state: object) => [{ name: "nginx", state }];
const ready = conditions(["Ready", "True"]);

const claim = of("v1", "PersistentVolumeClaim");
const provisioned = { annotations: { "volume.kubernetes.io/storage-provisioner": "csi.example.com" } };

const statefulSet = (status: object, spec: object = {}) =>
  of(
    "apps/v1",
    "StatefulSet",
  )({
    spec: { replicas: 4, ...spec },
    status: { observedGeneration: 1, replicas: 4, readyReplicas: 4, currentReplicas: 4, ...status },
  });

const daemonSet = (status: object, rest: object = {}) =>
  of(
    "apps/v1",
    "DaemonSet",
  )({
    status: {
      observedGeneration: 1,
      desiredNumberScheduled: 4,
      currentNumberScheduled: 4,
      updatedNumberScheduled: 4,
      numberAvailable: 4,
      numberReady: 4,
      ...status,
    },
    ...rest,
  });

const one = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
const deployment = (status: object, spec: object = {}) =>
  of("apps/v1", "Deployment")({ spec, status: { ...one, ...status } });
const rolledOut = conditions(["Progressing", "True", "NewReplicaSetAvailable"], ["Available", "True"]);

const replicaSet = (status: object) =>
  of(
    "apps/v1",
    "ReplicaSet",
  )({
    spec: { replicas: 4 },
    status: {
      observedGeneration: 1,
      replicas: 4,
      fullyLabeledReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
      ...status,
    },
  });

const job = of("batch/v1", "Job");
const cronJob = of("batch/v1", "CronJob");
const budget = of("policy/v1", "PodDisruptionBudget");
const custom = of("something/v1", "MyCR");
const service = of("v1", "Service");
const balancer = { type: "LoadBalancer", clusterIP: "1.2.3.4" };
const definition = (...list: Conditions) =>
  of("apiextensions.k8s.io/v1", "CustomResourceDefinition")({ status: { conditions: conditions(...list) } });
const autoscaler = (...list: Conditions) =>
  of("autoscaling/v2", "HorizontalPodAutoscaler")({ status: { conditions: conditions(...list) } });

const kstatus: readonly Case[] = [
  ["podNoStatus", pod({}), "Progressing"],
  ["podReady", pod({ status: { phase: "Running", conditions: ready } }), "Healthy"],
  ["podCompletedSuccessfully", pod({ status: { phase: "Succeeded" } }), "Healthy"],
  ["podCompletedFailed", pod({ status: { phase: "Failed" } }), "Degraded", "a pod that failed is not what was wanted"],
  ["podBeingScheduled", unscheduled(at(0)), "Progressing"],
  ["podUnschedulable", unscheduled(at(16)), "Degraded"],
  [
    "podCrashLooping",
    pod({ status: { phase: "Running", containerStatuses: container({ waiting: { reason: "CrashLoopBackOff" } }) } }),
    "Degraded",
  ],
  ["pvcNoStatus", claim({}), "Progressing"],
  ["pvcBound", claim({ status: { phase: "Bound" } }), "Healthy"],
  ["stsNoStatus", of("apps/v1", "StatefulSet")({}), "Progressing"],
  [
    "stsBadStatus",
    of("apps/v1", "StatefulSet")({ status: { observedGeneration: 1, currentReplicas: 1 } }),
    "Progressing",
  ],
  ["stsOK", statefulSet({}), "Healthy"],
  ["stsLessReady", statefulSet({ readyReplicas: 2 }), "Progressing"],
  ["stsLessCurrent", statefulSet({ currentReplicas: 2 }), "Progressing"],
  ["stsExtraPods", statefulSet({ replicas: 8 }), "Progressing"],
  ["dsNoStatus", of("apps/v1", "DaemonSet")({}), "Progressing"],
  ["dsBadStatus", of("apps/v1", "DaemonSet")({ status: { observedGeneration: 1, currentReplicas: 1 } }), "Progressing"],
  ["dsOK", daemonSet({}), "Healthy"],
  ["dsLessReady", daemonSet({ numberReady: 2 }), "Progressing"],
  ["dsDifferentGeneration", daemonSet({}, { metadata: { generation: 2 } }), "Progressing"],
  ["dsLessAvailable", daemonSet({ numberAvailable: 2 }), "Progressing"],
  ["depNoStatus", of("apps/v1", "Deployment")({}), "Progressing"],
  ["depOK", deployment({ conditions: rolledOut }), "Healthy"],
  [
    "depNotProgressing",
    deployment(
      { conditions: conditions(["Progressing", "False", "Some reason"], ["Available", "True"]) },
      { progressDeadlineSeconds: 45 },
    ),
    "Progressing",
  ],
  ["depNoProgressDeadlineSeconds", deployment({ conditions: conditions(["Available", "True"]) }), "Healthy"],
  [
    "depNotAvailable",
    deployment({ conditions: conditions(["Progressing", "True", "NewReplicaSetAvailable"], ["Available", "False"]) }),
    "Progressing",
  ],
  ["rsNoStatus", of("apps/v1", "ReplicaSet")({}), "Progressing"],
  ["rsOK1", replicaSet({ conditions: conditions(["ReplicaFailure", "False"]) }), "Healthy"],
  ["rsOK2", replicaSet({}), "Healthy"],
  ["rsLessAvailable", replicaSet({ availableReplicas: 2 }), "Progressing"],
  ["rsLessReady", replicaSet({ readyReplicas: 2 }), "Progressing"],
  [
    "rsReplicaFailure",
    replicaSet({ conditions: conditions(["ReplicaFailure", "True"]) }),
    "Degraded",
    "pods that cannot be created do not come by waiting",
  ],
  ["pdbNotObserved", budget({ metadata: { generation: 2 }, status: { observedGeneration: 1 } }), "Progressing"],
  ["pdbObserved", budget({ status: { observedGeneration: 1 } }), "Healthy"],
  ["crdNoStatus", custom({}), "Healthy"],
  ["crdReady", custom({ status: { conditions: ready } }), "Healthy"],
  ["crdNotReady", custom({ status: { conditions: conditions(["Ready", "False", "NotReadyYet"]) } }), "Progressing"],
  ["crdNoCondition", custom({ status: { conditions: conditions(["SomeCondition", "False"]) } }), "Healthy"],
  [
    "crdMismatchStatusGeneration",
    custom({ metadata: { generation: 2 }, status: { observedGeneration: 1 } }),
    "Progressing",
  ],
  ["jobNoStatus", job({}), "Progressing"],
  ["jobComplete", job({ status: { succeeded: 1, conditions: conditions(["Complete", "True"]) } }), "Healthy"],
  ["jobFailed", job({ status: { failed: 1, conditions: conditions(["Failed", "True", "JobFailed"]) } }), "Degraded"],
  [
    "jobInProgress",
    job({
      spec: { completions: 10, parallelism: 2 },
      status: {
        startTime: at(60),
        succeeded: 3,
        failed: 1,
        active: 2,
        conditions: conditions(["Failed", "False"], ["Complete", "False"]),
      },
    }),
    "Progressing",
    "who waits for a Job waits for its end",
  ],
  ["hpaNoStatus", of("autoscaling/v2", "HorizontalPodAutoscaler")({}), "Healthy", "an autoscaler only ever warns"],
  ["hpaCurrentStatus", autoscaler(["AbleToScale", "True"], ["ScalingActive", "True"]), "Healthy"],
  [
    "hpaScalingLimitedStatus",
    autoscaler(["AbleToScale", "True"], ["ScalingActive", "True"], ["ScalingLimited", "True"]),
    "Healthy",
    "an autoscaler only ever warns",
  ],
  ["cronjobNoStatus", cronJob({}), "Healthy"],
  ["cronjobWithStatus", cronJob({ status: {} }), "Healthy"],
  ["serviceDefault", service({}), "Healthy"],
  ["serviceNodePort", service({ spec: { type: "NodePort" } }), "Healthy"],
  ["serviceLBnok", service({ spec: { type: "LoadBalancer" } }), "Progressing"],
  ["serviceLBok", service({ spec: balancer }), "Progressing", "as in Argo CD, it waits for its address"],
  ["crdNoConditions", definition(), "Progressing"],
  ["crdInstalling", definition(["NamesAccepted", "True"], ["Established", "False", "Installing"]), "Progressing"],
  ["crdNamesNotAccepted", definition(["NamesAccepted", "False", "SomeReason"]), "Degraded"],
  ["crdEstablished", definition(["NamesAccepted", "True"], ["Established", "True"]), "Healthy"],
];

const running = { phase: "Running", conditions: ready };
const apiService = (version: string, status: string) =>
  of(`apiregistration.k8s.io/${version}`, "APIService")({ status: { conditions: conditions(["Available", status]) } });

const argo: readonly Case[] = [
  ["deployment-progressing", deployment({ updatedReplicas: 0, conditions: rolledOut }), "Progressing"],
  ["deployment-suspended", deployment({ conditions: rolledOut }, { paused: true }), "Suspended"],
  [
    "deployment-degraded",
    deployment({ conditions: conditions(["Progressing", "False", "ProgressDeadlineExceeded"]) }),
    "Degraded",
  ],
  ["statefulset", statefulSet({ currentRevision: "a", updateRevision: "a" }), "Healthy"],
  [
    "statefulset-ondelete",
    statefulSet({ currentRevision: "a", updateRevision: "b" }, { updateStrategy: { type: "OnDelete" } }),
    "Healthy",
  ],
  [
    "daemonset-ondelete",
    daemonSet({ updatedNumberScheduled: 0 }, { spec: { updateStrategy: { type: "OnDelete" } } }),
    "Healthy",
  ],
  ["pvc-bound", claim({ status: { phase: "Bound" } }), "Healthy"],
  ["pvc-pending", claim({ metadata: provisioned, status: { phase: "Pending" } }), "Progressing"],
  ["svc-clusterip", service({ spec: { type: "ClusterIP" } }), "Healthy"],
  [
    "svc-loadbalancer",
    service({ spec: balancer, status: { loadBalancer: { ingress: [{ ip: "9.9.9.9" }] } } }),
    "Healthy",
  ],
  ["svc-loadbalancer-unassigned", service({ spec: balancer, status: { loadBalancer: {} } }), "Progressing"],
  [
    "svc-loadbalancer-nonemptylist",
    service({ spec: balancer, status: { loadBalancer: { ingress: [{ hostname: "lb" }, {}] } } }),
    "Healthy",
  ],
  ["ingress", of("networking.k8s.io/v1", "Ingress")({ status: { loadBalancer: { ingress: [{}] } } }), "Healthy"],
  [
    "ingress-unassigned",
    of("networking.k8s.io/v1", "Ingress")({ status: { loadBalancer: {} } }),
    "Healthy",
    "many controllers never write an address; a health check of the application may ask for one",
  ],
  ["knative-service without a rule", of("serving.knative.dev/v1", "Service")({ status: {} }), "Healthy"],
  ["job-running", job({ status: { startTime: at(5), active: 1 } }), "Progressing"],
  ["job-failed", job({ status: { conditions: conditions(["Failed", "True"]) } }), "Degraded"],
  ["job-succeeded", job({ status: { conditions: conditions(["Complete", "True"]) } }), "Healthy"],
  [
    "job-suspended",
    job({ spec: { suspend: true }, status: { conditions: conditions(["Suspended", "True"]) } }),
    "Suspended",
  ],
  [
    "hpa-v2-healthy",
    autoscaler(["AbleToScale", "True"], ["ScalingActive", "True"], ["ScalingLimited", "True"]),
    "Healthy",
  ],
  [
    "hpa-v2-degraded",
    autoscaler(["AbleToScale", "False", "FailedGetScale"]),
    "Healthy",
    "with a warning: metrics are missing whenever the workload beside it starts",
  ],
  [
    "pod-pending",
    pod({ status: { phase: "Pending", containerStatuses: container({ waiting: { reason: "ContainerCreating" } }) } }),
    "Progressing",
  ],
  [
    "pod-running-not-ready",
    pod({ status: { phase: "Running", conditions: conditions(["Ready", "False"]) } }),
    "Progressing",
  ],
  [
    "pod-crashloop",
    pod({ status: { phase: "Running", containerStatuses: container({ waiting: { reason: "CrashLoopBackOff" } }) } }),
    "Degraded",
  ],
  [
    "pod-imagepullbackoff",
    pod({
      metadata: { creationTimestamp: at(90) },
      status: { phase: "Pending", containerStatuses: container({ waiting: { reason: "ImagePullBackOff" } }) },
    }),
    "Degraded",
  ],
  [
    "pod-error",
    pod({
      metadata: { creationTimestamp: at(90) },
      status: { phase: "Pending", containerStatuses: container({ waiting: { reason: "RunContainerError" } }) },
    }),
    "Degraded",
  ],
  ["pod-running-restart-always", pod({ spec: { restartPolicy: "Always" }, status: running }), "Healthy"],
  [
    "pod-running-restart-never",
    pod({ spec: { restartPolicy: "Never" }, status: running }),
    "Healthy",
    "as in kstatus, a pod that is ready does what it is there for",
  ],
  ["pod-failed", pod({ status: { phase: "Failed", message: "evicted" } }), "Degraded"],
  ["pod-succeeded", pod({ status: { phase: "Succeeded" } }), "Healthy"],
  ["pod-deletion", pod({ metadata: { deletionTimestamp: at(1) }, status: running }), "Progressing"],
  ["apiservice-v1-true", apiService("v1", "True"), "Healthy"],
  ["apiservice-v1-false", apiService("v1", "False"), "Progressing"],
  ["apiservice-v1beta1-true", apiService("v1beta1", "True"), "Healthy"],
  ["apiservice-v1beta1-false", apiService("v1beta1", "False"), "Progressing"],
  ["crd-v1-healthy", definition(["NamesAccepted", "True"], ["Established", "True"]), "Healthy"],
  ["crd-v1-non-structual-degraded", definition(["Established", "True"], ["NonStructuralSchema", "True"]), "Degraded"],
  ["crd-v1-not-established-degraded", definition(["Established", "False", "NotAccepted"]), "Degraded"],
  ["crd-v1-terminating-progressing", definition(["Terminating", "True"], ["Established", "True"]), "Progressing"],
  ["crd-v1-no-conditions-progressing", definition(), "Progressing"],
];

const titled = (cases: readonly Case[]) =>
  cases.map(([name, given, expected, why]) => {
    const title = why === undefined ? `${name}: ${expected}` : `${name}: ${expected}, for ${why}`;
    return [title, given, expected] as const;
  });

test.each(titled(kstatus))("assess() in kstatus' case %s", (_title, given, expected) => {
  expect(assess(live(given), now).state).toBe(expected);
});

test.each(titled(argo))("assess() in Argo CD's case %s", (_title, given, expected) => {
  expect(assess(live(given), now).state).toBe(expected);
});
