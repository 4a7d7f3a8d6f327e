import { fieldManager } from "../../../common/domain/index.ts";
import type { LiveObject, ManagedFieldsEntry } from "../../ports.ts";
import { timeOf } from "./fields.ts";

/** When the status last changed, by managedFields: for many kinds the only clock there is. */
export function statusWrittenAt(live: LiveObject): number | undefined {
  return newest(live, ({ subresource }) => subresource === "status");
}

/** When somebody last changed what the object is to be, but for its scale. */
export function specWrittenAt(live: LiveObject): number | undefined {
  return newest(live, ({ subresource = "" }) => subresource === "") ?? timeOf(live.metadata["creationTimestamp"]);
}

/** When an agent last changed the object. */
export function appliedAt(live: LiveObject): number | undefined {
  return newest(live, ({ manager, subresource = "" }) => manager === fieldManager && subresource === "");
}

function newest(live: LiveObject, counts: (entry: ManagedFieldsEntry) => boolean): number | undefined {
  const times = (live.metadata.managedFields ?? [])
    .filter(counts)
    .map((entry) => timeOf(entry.time))
    .filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}
