import type { KnownGroups } from "./check.ts";
import {
  all,
  among,
  any,
  byField,
  condition,
  conditions,
  hasConditions,
  holds,
  isNotTrue,
  isPresent,
  isSet,
  isTrue,
  listAt,
  not,
  numberAt,
  reason,
  textAt,
} from "./expressions.ts";

const replicas = numberAt("status.replicas");
const partition = (path: string) => `${path.replaceAll(".", ".?")}.orValue(0)`;
const kruiseStrategy = "spec.updateStrategy";
const rolling = "spec.updateStrategy.rollingUpdate";
/** A partition holds the rest back from the second version on; all that may be updated is. */
const heldBack = (path: string, done: string) =>
  all(`${partition(path)} != 0`, "metadata.?generation.orValue(1) > 1", done);

const [updatedReady, updated] = [numberAt("status.updatedReadyReplicas"), numberAt("status.updatedReplicas")];
const updatedAvailable = numberAt("status.updatedAvailableReplicas");
const allUpdated = all(isSet("status.updatedAvailableReplicas"), `${updatedAvailable} == ${replicas}`);
const someUnavailable = all(isSet("status.updatedAvailableReplicas"), `${updatedAvailable} != ${replicas}`);

const virtualMachineStopped = any("spec.?running.orValue(true) == false", among("spec.runStrategy", "Halted"));

/** What runs programs in other ways than Deployments do. */
export const workloads: KnownGroups = {
  "apps.kruise.io": {
    CloneSet: {
      suspended: any(
        holds(`${kruiseStrategy}.paused`),
        heldBack(`${kruiseStrategy}.partition`, `${updated} >= ${numberAt("status.expectedUpdatedReplicas")}`),
      ),
      failed: all(`${partition(`${kruiseStrategy}.partition`)} == 0`, someUnavailable),
      current: allUpdated,
    },
    StatefulSet: {
      suspended: any(
        holds(`${rolling}.paused`),
        heldBack(`${rolling}.partition`, `${updated} > ${replicas} - ${partition(`${rolling}.partition`)}`),
      ),
      failed: all(`${partition(`${rolling}.partition`)} == 0`, someUnavailable),
      current: allUpdated,
    },
    DaemonSet: {
      suspended: any(
        holds(`${rolling}.paused`),
        heldBack(
          `${rolling}.partition`,
          `${numberAt("status.updatedNumberScheduled")} > ${numberAt("status.desiredNumberScheduled")} - ${partition(`${rolling}.partition`)}`,
        ),
      ),
      failed: all(
        `${numberAt("status.desiredNumberScheduled")} > 0`,
        `${numberAt("status.updatedNumberScheduled")} == ${numberAt("status.desiredNumberScheduled")}`,
        `${numberAt("status.numberUnavailable")} == ${numberAt("status.desiredNumberScheduled")}`,
      ),
      current: all(
        isSet("status.updatedNumberScheduled"),
        `${numberAt("status.updatedNumberScheduled")} == ${numberAt("status.desiredNumberScheduled")}`,
        `${numberAt("status.numberAvailable")} == ${numberAt("status.desiredNumberScheduled")}`,
      ),
    },
    BroadcastJob: byField("status.phase", { suspended: ["paused"], failed: ["failed"], current: ["completed"] }),
    AdvancedCronJob: { suspended: holds("spec.paused"), current: "true" },
  },
  "game.kruise.io": {
    GameServer: {
      inProgress: `${textAt("status.currentState")} != ${textAt("status.desiredState")}`,
      failed: `${listAt("status.podStatus.conditions")}.exists(c, c.type == 'KruisePodReady' && c.status != 'True')`,
      current: among("status.currentState", "Ready"),
    },
    GameServerSet: {
      suspended: any(
        holds(`${rolling}.paused`),
        all(
          `${partition(`${rolling}.partition`)} != 0`,
          `${updated} >= ${replicas} - ${partition(`${rolling}.partition`)}`,
        ),
      ),
      current: all(isSet("status.replicas"), `${updatedReady} == ${replicas}`),
    },
  },
  "apps.openshift.io": {
    DeploymentConfig: {
      failed: all(
        hasConditions,
        isSet("status.replicas"),
        `${replicas} != 0`,
        not(isTrue("Available")),
        not(condition("Progressing", "True", `${reason} == 'NewReplicationControllerAvailable'`)),
      ),
      current: all(
        hasConditions,
        isSet("status.replicas"),
        any(
          `${replicas} == 0`,
          all(
            isTrue("Available"),
            condition("Progressing", "True", `${reason} == 'NewReplicationControllerAvailable'`),
          ),
        ),
      ),
    },
  },
  "spot.io": {
    SpotDeployment: {
      suspended: isTrue("Paused"),
      failed: any(
        isPresent("InvalidSpec"),
        `${conditions}.exists(c, c.type == 'Progressing' && ${reason} in ['RolloutAborted', 'ProgressDeadlineExceeded'])`,
      ),
      current: all(isSet("status.conditions"), not(among("status.phase", "Progressing"))),
    },
  },
  "kubevirt.io": {
    VirtualMachine: {
      suspended: any(
        isTrue("Paused"),
        all(not(virtualMachineStopped), among("status.printableStatus", "Stopped", "Paused")),
      ),
      failed: among(
        "status.printableStatus",
        "CrashLoopBackOff",
        "ErrorUnschedulable",
        "ErrImagePull",
        "ImagePullBackOff",
        "ErrorPvcNotFound",
        "ErrorDataVolumeNotFound",
        "DataVolumeError",
      ),
      current: any(isTrue("Ready"), all(virtualMachineStopped, not(holds("status.created")))),
    },
    VirtualMachineInstance: {
      suspended: any(isTrue("Paused"), among("status.phase", "Succeeded")),
      inProgress: among("status.phase", "Pending", "Scheduling", "Scheduled", "Unknown"),
      failed: any(among("status.phase", "Failed"), isNotTrue("Ready")),
      current: isTrue("Ready"),
    },
  },
  "cdi.kubevirt.io": {
    DataVolume: {
      suspended: among("status.phase", "Paused"),
      failed: any(among("status.phase", "Failed", "Unknown"), condition("Running", "False", `${reason} == 'Error'`)),
      current: among("status.phase", "Succeeded"),
    },
  },
};
