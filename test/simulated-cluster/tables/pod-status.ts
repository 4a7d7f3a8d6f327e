import { type KubeObject, listAt, textAt } from "../json.ts";

/** The word in kubectl's STATUS column. */
export function podStatus(object: KubeObject): string {
  if (object.metadata["deletionTimestamp"] !== undefined) return "Terminating";
  const reasons = listAt(object, "status", "containerStatuses").flatMap(
    (status) => textAt(status, "state", "waiting", "reason") ?? textAt(status, "state", "terminated", "reason") ?? [],
  );
  return reasons[0] ?? textAt(object, "status", "phase") ?? "Unknown";
}
