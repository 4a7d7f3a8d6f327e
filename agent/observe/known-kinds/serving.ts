import type { KnownCheck, KnownGroups } from "./check.ts";
import {
  all,
  among,
  any,
  condition,
  conditions,
  hasConditions,
  holds,
  isFalse,
  isNotTrue,
  isOfThisGeneration,
  isSet,
  isTrue,
  not,
  numberAt,
  ready,
  reason,
  textAt,
} from "./expressions.ts";

const replicas = numberAt("status.replicas");

const scaler: KnownCheck = {
  suspended: all(isTrue("Ready"), isTrue("Paused")),
  failed: isFalse("Ready"),
  current: isTrue("Ready"),
};

const failedProgressively =
  "metadata.?labels[?'numaplane.numaproj.io/progressive-result-state'].orValue('') == 'failed'";
const numaflow: KnownCheck = {
  failed: any(among("status.phase", "Failed"), `${conditions}.exists(c, c.status == 'False')`, failedProgressively),
  current: among("status.phase", "Running", "Paused", "Pausing"),
};
const upgradeFailed = isFalse("ProgressiveUpgradeSucceeded");
const childIs = (...reasons: readonly string[]) =>
  condition("ChildResourcesHealthy", "False", `${reason} in ['${reasons.join("', '")}']`);
const numaplane: KnownCheck = {
  inProgress: any(
    all(any(`${textAt("status.upgradeInProgress")} != ''`, among("status.phase", "Pending")), not(upgradeFailed)),
    childIs("Progressing"),
  ),
  failed: any(
    among("status.phase", "Failed"),
    childIs("PipelineFailed", "MonoVertexFailed", "ISBSvcFailed", "Failed"),
    upgradeFailed,
  ),
  current: any(isTrue("ChildResourcesHealthy"), isTrue("PipelinePausingOrPaused", "MonoVertexPausingOrPaused")),
};

const sparkState = (...states: readonly string[]) => among("status.applicationState.state", ...states);
const runningExecutors = "status.?executorState.orValue({}).filter(e, status.executorState[e] == 'RUNNING').size()";
/** Executors that come and go by themselves are enough when there is one; a fixed number must run. */
const executorsRun = any(
  all(isSet("spec.executor.instances"), `${runningExecutors} == ${numberAt("spec.executor.instances")}`),
  all(
    any(not(isSet("spec.executor.instances")), holds("spec.dynamicAllocation.enabled"), isSet("spec.sparkConf")),
    `${runningExecutors} >= ${numberAt("spec.dynamicAllocation.minExecutors", 1)}`,
    `${runningExecutors} <= ${numberAt("spec.dynamicAllocation.maxExecutors", 1_000_000)}`,
  ),
);

/** What serves functions and models, and what computes on streams and in batches. */
export const serving: KnownGroups = {
  "keda.sh": {
    ScaledObject: { ...scaler, failed: any(isFalse("Ready"), isTrue("Fallback")) },
    ScaledJob: { ...scaler, failed: isNotTrue("Ready") },
  },
  // Knative means by False that it does not try any more, and by Unknown that it does.
  "serving.knative.dev": {
    Service: {
      failed: `${conditions}.exists(c, c.status == 'False')`,
      current: all(isTrue("Ready"), `${conditions}.all(c, c.status == 'True')`),
    },
    "*": ready,
  },
  "eventing.knative.dev": { "*": ready },
  "flows.knative.dev": { "*": ready },
  "messaging.knative.dev": { "*": ready },
  "sources.knative.dev": { "*": ready },
  "operator.knative.dev": {
    "KnativeEventing KnativeServing": {
      inProgress: any(
        isNotTrue("Ready"),
        isFalse("DeploymentsAvailable"),
        `${conditions}.exists(c, c.status == 'Unknown')`,
      ),
      failed: isFalse("InstallSucceeded", "DependenciesInstalled"),
      current: all(isTrue("Ready"), isTrue("InstallSucceeded")),
    },
  },
  "serving.kserve.io": {
    InferenceService: {
      suspended: isTrue("Stopped"),
      failed: all(
        isSet("status.modelStatus"),
        not(among("status.modelStatus.transitionStatus", "", "UpToDate", "InProgress")),
      ),
      current: all(
        hasConditions,
        not(among("status.modelStatus.transitionStatus", "InProgress")),
        `${conditions}.all(c, c.type == 'Stopped' || c.status == 'True')`,
      ),
    },
    LLMInferenceService: {
      inProgress: not(isOfThisGeneration(`${conditions}.filter(c, c.type == 'Ready')`)),
      suspended: `${conditions}.exists(c, ${reason} == 'Stopped')`,
      ...ready,
    },
  },
  "openfaas.com": {
    Function: {
      suspended: all(isTrue("Ready"), not(isTrue("Stalled")), `${replicas} == 0`),
      failed: any(isFalse("Ready"), isTrue("Stalled")),
      current: isTrue("Ready"),
    },
  },
  "camel.apache.org": { Integration: ready },
  "core.spinkube.dev": {
    SpinApp: {
      failed: any(
        condition(
          "Progressing",
          "False",
          `(${reason} == 'ProgressDeadlineExceeded' || c.?message.orValue('').matches('[Tt]imeout|[Ff]ailed'))`,
        ),
        all(hasConditions, not(isTrue("Available"))),
      ),
      current: all(
        isTrue("Available"),
        `${numberAt("status.readyReplicas")} >= ${numberAt("spec.replicas", 1)}`,
        not(isTrue("Progressing")),
      ),
    },
  },
  "flink.apache.org": {
    FlinkDeployment: {
      failed: any(
        among("status.lifecycleState", "FAILED"),
        all(
          not(among("status.reconciliationStatus.state", "DEPLOYED")),
          among("status.jobManagerDeploymentStatus", "ERROR"),
        ),
      ),
      current: any(
        holds("status.reconciliationStatus.success"),
        among("status.reconciliationStatus.state", "DEPLOYED"),
        all(among("spec.job.state", "suspended"), not(isSet("status.reconciliationStatus.lastReconciledSpec"))),
      ),
    },
    FlinkSessionJob: {
      suspended: among("status.jobStatus.state", "SUSPENDED", "CANCELED"),
      inProgress: among("status.jobStatus.state", "RECONCILING", "CREATED"),
      failed: any(
        among("status.jobStatus.state", "FAILED"),
        all(not(among("status.jobStatus.state", "RUNNING", "FINISHED")), isSet("status.error")),
      ),
      current: among("status.jobStatus.state", "RUNNING", "FINISHED"),
    },
  },
  "sparkoperator.k8s.io": {
    SparkApplication: {
      failed: sparkState("FAILED", "SUBMISSION_FAILED", "FAILING"),
      current: any(sparkState("COMPLETED"), all(sparkState("RUNNING"), executorsRun)),
    },
  },
  "numaflow.numaproj.io": { "InterStepBufferService MonoVertex Pipeline Vertex": numaflow },
  "numaplane.numaproj.io": {
    "ISBServiceRollout MonoVertexRollout PipelineRollout": numaplane,
    NumaflowControllerRollout: {
      ...numaplane,
      failed: any(
        among("status.phase", "Failed"),
        condition("ChildResourcesHealthy", "False", `${reason} != 'Progressing'`),
      ),
    },
  },
};
