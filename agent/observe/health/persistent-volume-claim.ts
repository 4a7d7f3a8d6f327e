import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { degraded, fieldsOf, healthy, progressing, specOf, statusOf, textOf } from "./fields.ts";

/** What Kubernetes sets once a volume is being made for the claim. */
const provisioning = [
  "volume.kubernetes.io/storage-provisioner",
  "volume.beta.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/selected-node",
];

export function assessPersistentVolumeClaim(live: LiveObject): Health {
  const phase = textOf(statusOf(live)["phase"]);
  if (phase === "Bound") return healthy;
  const volume = textOf(specOf(live)["volumeName"]);
  if (phase === "Lost") return degraded(`its volume "${volume}" is lost`);
  const annotations = fieldsOf(live.metadata.annotations);
  const awaited = volume !== "" || provisioning.some((name) => annotations[name] !== undefined);
  // Nobody makes a volume for it: it waits for its first consumer, and where that waits in vain its pods say so.
  if (phase === "Pending" && !awaited) return healthy;
  return progressing(volume === "" ? "no volume bound yet" : `volume "${volume}" is not bound yet`);
}
