import type { KnownCheck, KnownGroups } from "./check.ts";
import {
  all,
  among,
  any,
  byCondition,
  byField,
  condition,
  conditions,
  generation,
  hasConditions,
  holds,
  isFalse,
  isNotTrue,
  isOfThisGeneration,
  isPresent,
  isSet,
  isTrue,
  listAt,
  not,
  numberAt,
  ready,
  reason,
  severity,
  textAt,
} from "./expressions.ts";

const paused = condition("Synced", "False", `${reason} == 'ReconcilePaused'`);
const configurations = [
  "Composition CompositionRevision EnvironmentConfig ImageConfig DeploymentRuntimeConfig ControllerConfig StoreConfig",
  "ProviderConfig ProviderConfigUsage ClusterProviderConfig ClusterProviderConfigUsage",
].join(" ");
/** What is only read by others has no condition to have. */
const configuration: KnownCheck = { current: any(not(hasConditions), isTrue("Ready", "ValidPipeline", "Healthy")) };

const managed: KnownCheck = {
  suspended: paused,
  failed: isFalse("LastAsyncOperation", "Synced"),
  current: isTrue("Ready", "Healthy", "Offered", "Established", "RevisionHealthy"),
};
/** Until its first sync a managed resource of old providers is neither. */
const syncedAndReady: KnownCheck = {
  suspended: paused,
  failed: isNotTrue("Synced"),
  current: all(isTrue("Ready"), isTrue("Synced")),
};
const crossplanePackage: KnownCheck = {
  failed: any(isFalse("Installed"), isFalse("Healthy")),
  current: all(isTrue("Installed"), isTrue("Healthy")),
};

const configConnector: KnownCheck = {
  failed: "status.?healthy.orValue(true) == false",
  current: holds("status.healthy"),
};
const configConnectorReasons = (...reasons: readonly string[]) =>
  `${conditions}.exists(c, ${reason} in ['${reasons.join("', '")}'])`;

const kroCondition = (types: string, status: string) =>
  `${conditions}.exists(c, c.type in [${types}] && c.status == '${status}' && c.?observedGeneration.orValue(0) == ${generation})`;
const kroTypes = "'Ready', 'InstanceManaged', 'GraphResolved', 'ResourcesReady'";

const onAllClusters = any(
  not(isSet("spec.clusters")),
  `${listAt("status.aggregatedStatus")}.size() == ${listAt("spec.clusters")}.size()`,
);
const karmadaBinding: KnownCheck = {
  failed: all(
    onAllClusters,
    `${listAt("status.aggregatedStatus")}.exists(s, s.?health.orValue('') == 'Unhealthy' || s.?health.orValue('') == 'Unknown' && s.?applied.orValue(false) != true)`,
  ),
  current: all(`${listAt("status.aggregatedStatus")}.size() > 0`, onAllClusters),
};

/** Clouds, clusters, and what makes them. */
export const cloud: KnownGroups = {
  "*.crossplane.io": { [configurations]: configuration, "*": managed },
  "pkg.crossplane.io": { "Provider Function Configuration": crossplanePackage },
  "apiextensions.crossplane.io": {
    ManagedResourceDefinition: {
      ...managed,
      current: any(
        isTrue("Established"),
        all(
          not(among("spec.state", "Active")),
          condition("Established", "False", `${reason} == 'InactiveManagedResource'`),
        ),
      ),
    },
  },
  "stacks.crossplane.io": {
    ClusterStackInstall: {
      current: `${listAt("status.conditionedStatus.conditions")}.exists(c, c.type == 'Ready' && c.status == 'True')`,
    },
  },
  "cloudfront.aws.crossplane.io": { Distribution: syncedAndReady },
  "iam.aws.crossplane.io": { "Policy Role RolePolicyAttachment": syncedAndReady },
  "rds.aws.crossplane.io": { "DBCluster DBInstance": syncedAndReady },
  "route53.aws.crossplane.io": { ResourceRecordSet: syncedAndReady },
  "s3.aws.crossplane.io": { Bucket: syncedAndReady },
  "*.upbound.io": { [configurations]: configuration, "*": managed },
  // Controllers of before 2025 do not say Ready.
  "*.services.k8s.aws": {
    "*": {
      failed: isTrue("ACK.Terminal"),
      current: any(isTrue("Ready"), all(not(isPresent("Ready")), isTrue("ACK.ResourceSynced"))),
    },
  },
  "*.cnrm.cloud.google.com": {
    "*": {
      failed: configConnectorReasons("UpdateFailed", "DependencyNotFound"),
      current: `${conditions}.exists(c, ${reason} == 'UpToDate' && c.status == 'True')`,
    },
  },
  "core.cnrm.cloud.google.com": { "ConfigConnector ConfigConnectorContext": configConnector },
  "customize.core.cnrm.cloud.google.com": { "*": configConnector },
  "pulumi.com": {
    Stack: { failed: isTrue("Stalled"), current: all(isTrue("Ready"), not(isTrue("Reconciling"))) },
  },
  "kro.run": {
    ResourceGraphDefinition: {
      failed: kroCondition(
        "'Ready', 'GraphRevisionsResolved', 'GraphAccepted', 'KindReady', 'ControllerReady'",
        "False",
      ),
      current: kroCondition("'Ready'", "True"),
    },
    "*": {
      failed: all(among("status.state", "FAILED", "ERROR"), kroCondition(kroTypes, "False")),
      current: kroCondition("'Ready'", "True"),
    },
  },
  "services.cloud.sap.com": {
    "ServiceBinding ServiceInstance": {
      inProgress: not(isOfThisGeneration(conditions)),
      failed: any(isFalse("Succeeded"), isTrue("Failed")),
      current: isSet("status.conditions"),
    },
  },
  "iammanager.keikoproj.io": {
    Iamrole: byField("status.state", {
      failed: ["Error", "RolesMaxLimitReached", "PolicyNotAllowed", "RoleNameNotAvailable"],
      current: ["Ready"],
    }),
  },
  "cluster.x-k8s.io": {
    Cluster: {
      suspended: holds("spec.paused"),
      failed: any(among("status.phase", "Failed"), condition("Ready", "False", `${severity} != 'Info'`)),
      current: among("status.phase", "Provisioned"),
    },
    Machine: byField("status.phase", { failed: ["Failed"], current: ["Running"] }),
    MachineDeployment: {
      suspended: holds("spec.paused"),
      ...byField("status.phase", { failed: ["Failed"], current: ["Running"] }),
    },
    MachineHealthCheck: {
      failed: all(
        isSet("status.currentHealthy"),
        `${numberAt("status.expectedMachines")} != ${numberAt("status.currentHealthy")}`,
      ),
      current: isSet("status.currentHealthy"),
    },
    MachinePool: byField("status.phase", { failed: ["Failed", "Unknown"], current: ["Running", "Scaling"] }),
  },
  "addons.cluster.x-k8s.io": { ClusterResourceSet: byCondition("ResourcesApplied") },
  "controlplane.cluster.x-k8s.io": {
    AWSManagedControlPlane: {
      inProgress: all(`${textAt("status.failureMessage")} == ''`, isTrue("EKSControlPlaneUpdating")),
      failed: any(
        `${textAt("status.failureMessage")} != ''`,
        all(not(isTrue("Ready")), `${conditions}.exists(c, c.status == 'False' && ${severity} == 'Error')`),
      ),
      current: isTrue("Ready"),
    },
  },
  "karpenter.sh": {
    NodePool: ready,
    NodeClaim: { suspended: isTrue("Disrupting"), ...ready },
  },
  "karpenter.k8s.aws": { EC2NodeClass: ready },
  "core.gardener.cloud": {
    Shoot: {
      failed: "metadata.?labels[?'shoot.gardener.cloud/status'].orValue('') == 'unhealthy'",
      current: "metadata.?labels[?'shoot.gardener.cloud/status'].orValue('') == 'healthy'",
    },
  },
  "work.karmada.io": { "ClusterResourceBinding ResourceBinding": karmadaBinding },
};
