import type { ClusterDiff, ObjectDiff } from "../../common/domain/index.ts";

/** More than a person reads, and little enough for a hub that hears it from a whole fleet. */
const maxBytes = 2 * 1024 * 1024;

/** The diff with the details of as many objects as fit; of the others it says what happens to them. */
export function withinSize(diff: ClusterDiff, limit = maxBytes): ClusterDiff {
  let bytes = 0;
  const objects = diff.objects.map((each): ObjectDiff => {
    const size = JSON.stringify(each).length;
    bytes += size;
    if (bytes <= limit) return each;
    bytes -= size;
    const { object: _object, ...rest } = each;
    return { ...rest, fields: [], truncated: true };
  });
  return { ...diff, objects };
}
