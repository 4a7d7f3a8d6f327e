import { at, failing, is, listed, none, type Row, ready } from "./row.ts";

const rollout = (status: object, strategy: object) =>
  at(
    { currentPodHash: "a1", replicas: 2, updatedReplicas: 2, availableReplicas: 2, ...status },
    { replicas: 2, strategy },
  );
const environments = (...phases: readonly string[]) =>
  at({ conditions: listed("Ready True"), environments: phases.map((phase) => ({ phase })) });
const promoted = (proposed: object) => ({ active: { dry: { sha: "a1" } }, proposed });

export const delivery: readonly Row[] = [
  ...[
    "kustomize.toolkit.fluxcd.io Kustomization",
    "helm.toolkit.fluxcd.io HelmRelease",
    "source.toolkit.fluxcd.io Bucket GitRepository HelmChart HelmRepository OCIRepository",
    "image.toolkit.fluxcd.io ImagePolicy ImageRepository ImageUpdateAutomation",
    "notification.toolkit.fluxcd.io Receiver",
  ].flatMap((kinds): Row[] => [
    [kinds, ready, "Healthy"],
    [kinds, is("Ready Unknown Progressing", "Reconciling True"), "Progressing"],
    [kinds, is("Ready False BuildFailed", "Reconciling True"), "Degraded"],
    [kinds, at({ conditions: listed("Ready False BuildFailed") }, { suspend: true }), "Suspended"],
  ]),
  ["kustomize.toolkit.fluxcd.io Kustomization", is("Ready False DependencyNotReady"), "Progressing"],
  ["source.toolkit.fluxcd.io HelmRepository", { spec: { type: "oci" } }, "Healthy"],
  ["argoproj.io Rollout", at({ phase: "Healthy" }), "Healthy"],
  ["argoproj.io Rollout", at({ phase: "Healthy", observedGeneration: "2" }), "Healthy"],
  ["argoproj.io Rollout", at({ phase: "Healthy", observedGeneration: "1" }), "Progressing"],
  ["argoproj.io Rollout", at({ phase: "Paused" }), "Suspended"],
  ["argoproj.io Rollout", at({ phase: "Degraded" }), "Degraded"],
  ["argoproj.io Rollout", at({ phase: "Progressing" }), "Progressing"],
  ["argoproj.io Rollout", rollout({ stableRS: "a1" }, { canary: {} }), "Healthy"],
  ["argoproj.io Rollout", rollout({ stableRS: "b2" }, { canary: {} }), "Progressing"],
  ["argoproj.io Rollout", rollout({ blueGreen: { activeSelector: "a1" } }, { blueGreen: {} }), "Healthy"],
  ["argoproj.io Rollout", rollout({ blueGreen: { activeSelector: "b2" } }, { blueGreen: {} }), "Progressing"],
  ["argoproj.io Rollout", rollout({ pauseConditions: [{ reason: "CanaryPauseStep" }] }, { canary: {} }), "Suspended"],
  ["argoproj.io Rollout", is("Progressing False ProgressDeadlineExceeded"), "Degraded"],
  [
    "argoproj.io Rollout",
    at(
      { phase: "Healthy", workloadObservedGeneration: "3" },
      { workloadRef: {} },
      { annotations: { "rollout.argoproj.io/workload-generation": "4" } },
    ),
    "Progressing",
  ],
  ["argoproj.io Workflow", at({ phase: "Succeeded" }), "Healthy"],
  ["argoproj.io Workflow", at({ phase: "Running" }), "Progressing"],
  ["argoproj.io Workflow", at({ phase: "Error" }), "Degraded"],
  ["argoproj.io AnalysisRun Experiment", at({ phase: "Successful" }), "Healthy"],
  ["argoproj.io AnalysisRun Experiment", at({ phase: "Inconclusive" }), "Degraded"],
  ["argoproj.io Application", at({ health: { status: "Healthy" } }), "Healthy"],
  ["argoproj.io Application", at({ health: { status: "Degraded" } }), "Degraded"],
  ["argoproj.io ApplicationSet", is("ResourcesUpToDate True"), "Healthy"],
  ["argoproj.io ApplicationSet", is("ResourcesUpToDate True", "RolloutProgressing True"), "Progressing"],
  ["argoproj.io ApplicationSet", is("ErrorOccurred True"), "Degraded"],
  ["argoproj.io CronWorkflow", none, "Healthy"],
  ["argoproj.io CronWorkflow", is("SpecError True"), "Degraded"],
  ["argoproj.io EventBus", is("Deployed True"), "Healthy"],
  ["promoter.argoproj.io ClusterScmProvider CommitStatus GitRepository ScmProvider PullRequest", ready, "Healthy"],
  ["promoter.argoproj.io CommitStatus", failing, "Degraded"],
  [
    "promoter.argoproj.io ArgoCDCommitStatus",
    at({ conditions: listed("Ready True"), applicationsSelected: [{}] }),
    "Healthy",
  ],
  ["promoter.argoproj.io ArgoCDCommitStatus PromotionStrategy", ready, "Degraded"],
  [
    "promoter.argoproj.io ChangeTransferPolicy",
    at({ conditions: listed("Ready True"), ...promoted({ dry: { sha: "b2" } }) }),
    "Healthy",
  ],
  [
    "promoter.argoproj.io PromotionStrategy",
    at({ conditions: listed("Ready True"), environments: [promoted({ dry: { sha: "b2" } })] }),
    "Healthy",
  ],
  [
    "promoter.argoproj.io PromotionStrategy",
    at({
      conditions: listed("Ready True"),
      environments: [promoted({ dry: { sha: "b2" } }), promoted({ note: { drySha: "c3" } })],
    }),
    "Progressing",
  ],
  ["promoter.argoproj.io GitCommitStatus TimedCommitStatus WebRequestCommitStatus", environments("success"), "Healthy"],
  ["promoter.argoproj.io GitCommitStatus", environments("success", "pending"), "Progressing"],
  ["promoter.argoproj.io GitCommitStatus", environments("pending", "failure"), "Degraded"],
  ["flagger.app Canary", at({ phase: "Succeeded" }), "Healthy"],
  ["flagger.app Canary", at({ phase: "Failed" }), "Degraded"],
  ["rollouts.kruise.io Rollout", at({ phase: "Healthy", canaryStatus: { currentStepState: "Completed" } }), "Healthy"],
  [
    "rollouts.kruise.io Rollout",
    at({ phase: "Progressing", canaryStatus: { currentStepState: "StepPaused" } }),
    "Suspended",
  ],
  ["tekton.dev PipelineRun TaskRun CustomRun", is("Succeeded True"), "Healthy"],
  ["tekton.dev PipelineRun TaskRun CustomRun", is("Succeeded Unknown Running"), "Progressing"],
  ["tekton.dev PipelineRun TaskRun CustomRun", is("Succeeded False Failed"), "Degraded"],
  ["tower.ansible.com AnsibleJob", at({ ansibleJobResult: { status: "successful" } }), "Healthy"],
];
