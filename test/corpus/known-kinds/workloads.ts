import { at, is, listed, none, type Row } from "./row.ts";

const virtualMachine = (printableStatus: string, spec: object) =>
  at({ printableStatus, conditions: listed("Ready False") }, spec);
const scheduled = { desiredNumberScheduled: 2, updatedNumberScheduled: 2 };

export const workloads: readonly Row[] = [
  ["apps.kruise.io CloneSet StatefulSet", at({ replicas: 2, updatedAvailableReplicas: 2 }), "Healthy"],
  ["apps.kruise.io CloneSet StatefulSet", at({ replicas: 2, updatedAvailableReplicas: 1 }), "Degraded"],
  ["apps.kruise.io CloneSet", at({ replicas: 2 }, { updateStrategy: { paused: true } }), "Suspended"],
  ["apps.kruise.io DaemonSet", at({ ...scheduled, numberAvailable: 2 }), "Healthy"],
  ["apps.kruise.io DaemonSet", at({ ...scheduled, numberUnavailable: 2 }), "Degraded"],
  ["apps.kruise.io DaemonSet", at({ ...scheduled, numberAvailable: 1, numberUnavailable: 1 }), "Progressing"],
  ["apps.kruise.io BroadcastJob", at({ phase: "completed" }), "Healthy"],
  ["apps.kruise.io AdvancedCronJob", none, "Healthy"],
  ["apps.kruise.io AdvancedCronJob", { spec: { paused: true } }, "Suspended"],
  ["game.kruise.io GameServer", at({ currentState: "Ready", desiredState: "Ready" }), "Healthy"],
  ["game.kruise.io GameServer", at({ currentState: "Starting", desiredState: "Ready" }), "Progressing"],
  ["game.kruise.io GameServerSet", at({ replicas: 2, updatedReadyReplicas: 2 }), "Healthy"],
  [
    "apps.openshift.io DeploymentConfig",
    at({ replicas: 1, conditions: listed("Available True", "Progressing True NewReplicationControllerAvailable") }),
    "Healthy",
  ],
  ["apps.openshift.io DeploymentConfig", at({ replicas: 1, conditions: listed("Available False") }), "Degraded"],
  ["spot.io SpotDeployment", is("Available True"), "Healthy"],
  ["spot.io SpotDeployment", is("InvalidSpec True"), "Degraded"],
  ["kubevirt.io VirtualMachine", is("Ready True"), "Healthy"],
  ["kubevirt.io VirtualMachine", virtualMachine("Stopped", { running: false }), "Healthy"],
  ["kubevirt.io VirtualMachine", virtualMachine("Stopped", { runStrategy: "Manual" }), "Suspended"],
  ["kubevirt.io VirtualMachine", virtualMachine("Starting", { running: true }), "Progressing"],
  ["kubevirt.io VirtualMachine", virtualMachine("ErrImagePull", { running: true }), "Degraded"],
  ["kubevirt.io VirtualMachineInstance", at({ phase: "Running", conditions: listed("Ready True") }), "Healthy"],
  ["kubevirt.io VirtualMachineInstance", at({ phase: "Failed" }), "Degraded"],
  ["cdi.kubevirt.io DataVolume", at({ phase: "Succeeded" }), "Healthy"],
  ["cdi.kubevirt.io DataVolume", at({ phase: "ImportInProgress" }), "Progressing"],
];
