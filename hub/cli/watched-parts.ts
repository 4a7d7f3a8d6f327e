import type { ViewFilter } from "../surfaces.ts";
import type { Batch } from "./event-stream.ts";
import type { Resource } from "./resource.ts";

/** More parts than this are cheaper to read as the whole. */
const mostParts = 16;

/** The filters to list again after these changes: the smallest parts of the listing that hold them all; none when it is not concerned. */
export function changedParts(
  { changedBy, parts: keys }: Pick<Resource<never>, "changedBy" | "parts">,
  filter: ViewFilter,
  batch: Batch,
): readonly ViewFilter[] {
  if (batch === "everything") return [filter];
  const parts = new Map<string, ViewFilter>();
  for (const change of batch) {
    if (!changedBy.includes(change.kind)) continue;
    const place = Object.fromEntries(keys.flatMap((key) => (change[key] === undefined ? [] : [[key, change[key]]])));
    if (Object.keys(place).length === 0) return [filter];
    const part = narrow(filter, place);
    if (part !== undefined) parts.set(JSON.stringify(part), part);
    if (parts.size > mostParts) return [filter];
  }
  return [...parts.values()];
}

/** Whether an item that was listed before would be listed by this part too. */
export function isInPart(place: ViewFilter, part: ViewFilter): boolean {
  return (["environment", "cluster", "application"] as const).every(
    (key) => part[key] === undefined || place[key] === undefined || part[key] === place[key],
  );
}

/** Both filters at once; undefined when nothing can match both. */
function narrow(filter: ViewFilter, part: ViewFilter): ViewFilter | undefined {
  const merged: Record<string, string> = {};
  for (const key of ["environment", "cluster", "application", "name"] as const) {
    const value = filter[key] ?? part[key];
    if (filter[key] !== undefined && part[key] !== undefined && filter[key] !== part[key]) return undefined;
    if (value !== undefined) merged[key] = value;
  }
  return merged;
}
