import type { KnownCheck, KnownGroups } from "./check.ts";
import {
  all,
  among,
  any,
  byField,
  byFieldOrFailed,
  condition,
  conditions,
  holds,
  isFalse,
  isNotTrue,
  isSet,
  isTrue,
  not,
  numberAt,
  ready,
  reason,
} from "./expressions.ts";

const veleroRun = byField("status.phase", {
  failed: [
    "FailedValidation",
    "Failed",
    "PartiallyFailed",
    "WaitingForPluginOperationsPartiallyFailed",
    "FinalizingPartiallyFailed",
  ],
  current: ["Completed"],
});

const astraRun = byFieldOrFailed("status.state", { inProgress: ["Running"], current: ["Completed"] });

const unsuccessful = isTrue("Invalid", "Orphan", "Failed");
const threescale: KnownCheck = { failed: unsuccessful, current: isTrue("Ready", "Synced") };

const approvalAwaited = all(
  among("spec.installPlanApproval", "Manual"),
  isSet("status.installedCSV"),
  condition("InstallPlanPending", "True", `${reason} == 'RequiresApproval'`),
);

/** What keeps clusters, their tenants and their backups. */
export const platform: KnownGroups = {
  "velero.io": {
    "Backup Restore": veleroRun,
    Schedule: {
      suspended: holds("spec.paused"),
      ...byField("status.phase", { failed: ["FailedValidation"], current: ["Enabled"] }),
    },
    BackupStorageLocation: byField("status.phase", { failed: ["Unavailable"], current: ["Available"] }),
  },
  "astra.netapp.io": {
    AppVault: byField("status.state", { failed: ["failed", "Failed"], current: ["available", "Available"] }),
    Application: ready,
    "Backup ExecHooksRun ResourceBackup ResticVolumeBackup Snapshot": astraRun,
    ExecHook: { suspended: "spec.?enabled.orValue(true) == false", current: holds("spec.enabled") },
    Schedule: { current: "true" },
  },
  "trident.netapp.io": {
    TridentBackendConfig: {
      failed: among("status.lastOperationStatus", "Failed"),
      current: all(among("status.phase", "Bound"), among("status.lastOperationStatus", "Success")),
    },
    TridentOrchestrator: byField("status.status", { failed: ["Failed", "Error"], current: ["Installed"] }),
  },
  "operators.coreos.com": {
    // An upgrade that a person is to approve leaves what is installed as it is.
    Subscription: {
      failed: any(
        isTrue("CatalogSourcesUnhealthy", "InstallPlanFailed", "ResolutionFailed"),
        `${conditions}.exists(c, c.type == 'InstallPlanMissing' && ${reason} != 'ReferencedInstallPlanNotFound')`,
        among("status.state", "UpgradeFailed"),
      ),
      current: all(
        isSet("status.conditions"),
        any(
          approvalAwaited,
          all(not(isTrue("InstallPlanPending")), not(among("status.state", "", "UpgradeAvailable", "UpgradePending"))),
        ),
      ),
    },
    ClusterServiceVersion: byField("status.phase", { failed: ["Failed"], current: ["Succeeded"] }),
  },
  "nmstate.io": {
    NodeNetworkConfigurationPolicy: {
      suspended: isTrue("Ignored"),
      failed: isTrue("Degraded"),
      current: isTrue("Available"),
    },
  },
  "capsule.clastix.io": {
    Tenant: { suspended: isTrue("Cordoned"), ...ready },
    "GlobalTenantResource TenantResource": { suspended: holds("spec.cordoned"), ...ready },
    ResourcePool: { ...ready, failed: any(isFalse("Ready"), "status.?exhaustions.orValue({}).size() > 0") },
    ResourcePoolClaim: { suspended: isFalse("Bound"), ...ready },
    "CapsuleConfiguration CustomQuota GlobalCustomQuota GlobalProxySettings ProxySetting TenantOwner": ready,
  },
  "apps.3scale.net": {
    APIManager: {
      failed: all(condition("Available", "False", `${reason} != ''`)),
      current: any(
        isTrue("Available"),
        all(
          isSet("status.deployments.ready"),
          not(isSet("status.deployments.starting")),
          not(isSet("status.deployments.stopped")),
        ),
      ),
    },
  },
  "capabilities.3scale.net": {
    "ActiveDoc ApplicationAuth Backend CustomPolicyDefinition OpenAPI Product ProxyConfigPromote": threescale,
    DeveloperAccount: { suspended: isTrue("Waiting"), ...threescale },
    DeveloperUser: { suspended: among("status.developerUserState", "suspended"), ...threescale },
    Application: {
      suspended: among("status.state", "suspended"),
      failed: all(isNotTrue("Ready"), `${numberAt("status.adminId")} == 0`),
      current: isTrue("Ready"),
    },
    Tenant: {
      failed: isNotTrue("Ready"),
      current: all(isTrue("Ready"), `${numberAt("status.tenantId")} > 0`, `${numberAt("status.adminId")} > 0`),
    },
  },
};
