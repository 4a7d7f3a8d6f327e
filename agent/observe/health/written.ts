import type { LiveObject } from "../../ports.ts";
import { timeOf } from "./fields.ts";

/** When the status last changed, by managedFields: for many kinds the only clock there is. */
export function statusWrittenAt(live: LiveObject): number | undefined {
  return newest(live, (subresource) => subresource === "status");
}

/** When somebody last changed what the object is to be, but for its scale. */
export function specWrittenAt(live: LiveObject): number | undefined {
  return newest(live, (subresource) => subresource === "") ?? timeOf(live.metadata["creationTimestamp"]);
}

function newest(live: LiveObject, counts: (subresource: string) => boolean): number | undefined {
  const times = (live.metadata.managedFields ?? [])
    .filter((entry) => counts(entry.subresource ?? ""))
    .map((entry) => timeOf(entry.time))
    .filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}
