import type { KnownCheck, KnownGroups } from "./check.ts";
import {
  all,
  among,
  any,
  byField,
  condition,
  conditions,
  holds,
  isFalse,
  isOfThisGeneration,
  isPresent,
  isSet,
  isTrue,
  listAt,
  not,
  numberAt,
  reason,
  textAt,
} from "./expressions.ts";

/** Reconciling says that it tries; Ready, whether the last try failed. A suspended one keeps what it said last. */
const flux: KnownCheck = {
  suspended: holds("spec.suspend"),
  failed: isFalse("Ready"),
  current: isTrue("Ready"),
};

const fluxOrdered: KnownCheck = {
  ...flux,
  inProgress: condition("Ready", "False", `${reason} == 'DependencyNotReady'`),
};

const workloadGeneration = "metadata.?annotations[?'rollout.argoproj.io/workload-generation'].orValue('')";
const isBehindItsWorkload = all(
  isSet("spec.workloadRef"),
  `${workloadGeneration} != string(${textAt("status.workloadObservedGeneration")})`,
);
/** Versions before 1.0 tell no phase. */
const phaseless = not(isSet("status.phase"));
const rolloutFailed = any(
  isPresent("InvalidSpec"),
  `${conditions}.exists(c, c.type == 'Progressing' && ${reason} in ['RolloutAborted', 'ProgressDeadlineExceeded'])`,
);
const stableHash = "status.?stableRS.or(status.?canary.?stableRS).orValue('')";
const podHash = textAt("status.currentPodHash");
const [updated, available] = [numberAt("status.updatedReplicas"), numberAt("status.availableReplicas")];
const cutOver = all(
  `${textAt("status.blueGreen.activeSelector")} == ${podHash}`,
  any(`${stableHash} == ''`, `${stableHash} == ${podHash}`),
);
const stepsDone = all(`${numberAt("status.replicas")} <= ${updated}`, `${stableHash} == ${podHash}`);

const analysis = byField("status.phase", { failed: ["Failed", "Error", "Inconclusive"], current: ["Successful"] });

/** Of the promoter: a condition of an older generation says nothing. */
const promoterReady: KnownCheck = {
  inProgress: not(isOfThisGeneration(conditions)),
  failed: isFalse("Ready"),
  current: isTrue("Ready"),
};
const environmentPhases = `${listAt("status.environments")}.map(e, e.?phase.orValue('pending'))`;
const statusesOfEnvironments: KnownCheck = {
  ...promoterReady,
  failed: any(isFalse("Ready"), `${environmentPhases}.exists(p, p == 'failure')`),
  current: all(isTrue("Ready"), `${environmentPhases}.all(p, p == 'success')`),
};
const proposed = (e: string) => `${e}.?proposed.?note.?drySha.or(${e}.?proposed.?dry.?sha).orValue('')`;

/** What rolls out, promotes and runs pipelines. */
export const delivery: KnownGroups = {
  "kustomize.toolkit.fluxcd.io": { Kustomization: fluxOrdered },
  "helm.toolkit.fluxcd.io": { HelmRelease: fluxOrdered },
  "source.toolkit.fluxcd.io": {
    "Bucket GitRepository HelmChart OCIRepository": flux,
    HelmRepository: { ...flux, current: any(among("spec.type", "oci"), isTrue("Ready")) },
  },
  "image.toolkit.fluxcd.io": { "ImagePolicy ImageRepository ImageUpdateAutomation": flux },
  "notification.toolkit.fluxcd.io": { Receiver: flux },
  "argoproj.io": {
    Rollout: {
      suspended: all(
        not(isBehindItsWorkload),
        any(
          among("status.phase", "Paused"),
          all(
            phaseless,
            not(rolloutFailed),
            any(`${listAt("status.pauseConditions")}.size() > 0`, holds("spec.paused")),
          ),
        ),
      ),
      inProgress: isBehindItsWorkload,
      failed: any(among("status.phase", "Degraded"), all(phaseless, rolloutFailed)),
      current: any(
        among("status.phase", "Healthy"),
        all(
          phaseless,
          `${podHash} != ''`,
          `${updated} >= ${numberAt("spec.replicas", 1)}`,
          `${available} >= ${updated}`,
          any(all(isSet("spec.strategy.blueGreen"), cutOver), all(isSet("spec.strategy.canary"), stepsDone)),
        ),
      ),
    },
    "AnalysisRun Experiment": analysis,
    Workflow: byField("status.phase", { failed: ["Failed", "Error"], current: ["Succeeded"] }),
    Application: byField("status.health.status", {
      suspended: ["Suspended"],
      failed: ["Degraded"],
      current: ["Healthy"],
    }),
    ApplicationSet: {
      failed: any(isTrue("ErrorOccurred"), isFalse("ResourcesUpToDate")),
      current: all(not(isTrue("RolloutProgressing")), isTrue("ResourcesUpToDate")),
    },
    CronWorkflow: { suspended: holds("spec.suspend"), failed: isTrue("SpecError", "SubmissionError"), current: "true" },
    EventBus: { failed: isFalse("Deployed"), current: isTrue("Deployed") },
  },
  "promoter.argoproj.io": {
    "ClusterScmProvider CommitStatus GitRepository ScmProvider": promoterReady,
    ArgoCDCommitStatus: {
      ...promoterReady,
      failed: any(isFalse("Ready"), all(isTrue("Ready"), `${listAt("status.applicationsSelected")}.size() == 0`)),
    },
    PullRequest: { ...promoterReady, failed: isFalse("Ready", "Reconciled"), current: isTrue("Ready", "Reconciled") },
    ChangeTransferPolicy: {
      ...promoterReady,
      current: all(
        isTrue("Ready"),
        `${textAt("status.active.dry.sha")} != ''`,
        `${textAt("status.proposed.dry.sha")} != ''`,
      ),
    },
    PromotionStrategy: {
      ...promoterReady,
      failed: any(isFalse("Ready"), all(isTrue("Ready"), `${listAt("status.environments")}.size() == 0`)),
      current: all(
        isTrue("Ready"),
        `${listAt("status.environments")}.all(e, e.?active.?dry.?sha.orValue('') != '' && ${proposed("e")} != '')`,
        `${listAt("status.environments")}.all(e, ${proposed("e")} == ${proposed("status.environments[0]")})`,
      ),
    },
    "GitCommitStatus TimedCommitStatus WebRequestCommitStatus": statusesOfEnvironments,
  },
  "flagger.app": {
    Canary: byField("status.phase", { failed: ["Failed"], current: ["Succeeded", "Initialized"] }),
  },
  "rollouts.kruise.io": {
    Rollout: {
      suspended: all(among("status.canaryStatus.currentStepState", "StepPaused"), among("status.phase", "Progressing")),
      failed: all(
        among("status.canaryStatus.currentStepState", "StepPaused"),
        among("status.phase", "Terminating", "Disabled"),
      ),
      current: all(among("status.canaryStatus.currentStepState", "Completed"), among("status.phase", "Healthy")),
    },
  },
  "tekton.dev": { "PipelineRun TaskRun CustomRun": { failed: isFalse("Succeeded"), current: isTrue("Succeeded") } },
  "tower.ansible.com": {
    AnsibleJob: byField("status.ansibleJobResult.status", {
      failed: ["failed", "error", "canceled"],
      current: ["successful"],
    }),
  },
};
