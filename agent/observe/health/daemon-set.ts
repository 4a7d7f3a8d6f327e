import type { Health } from "../../../common/domain/index.ts";
import type { LiveObject } from "../../ports.ts";
import { fieldsOf, healthy, numberOf, ofTotal, progressing, specOf, statusOf } from "./fields.ts";

export function assessDaemonSet(live: LiveObject): Health {
  const status = statusOf(live);
  if (status["observedGeneration"] === undefined || status["desiredNumberScheduled"] === undefined) {
    return progressing("no status yet");
  }
  const onDelete = fieldsOf(specOf(live)["updateStrategy"])["type"] === "OnDelete";
  const desired = numberOf(status["desiredNumberScheduled"]);
  const current = numberOf(status["currentNumberScheduled"]);
  const updated = numberOf(status["updatedNumberScheduled"]);
  const available = numberOf(status["numberAvailable"]);
  const ready = numberOf(status["numberReady"]);
  if (current < desired) return progressing(ofTotal(current, desired, "pod", "scheduled"));
  if (!onDelete && updated < desired) return progressing(ofTotal(updated, desired, "pod", "updated"));
  if (available < desired) return progressing(ofTotal(available, desired, "pod", "available"));
  if (ready < desired) return progressing(ofTotal(ready, desired, "pod", "ready"));
  return healthy;
}
