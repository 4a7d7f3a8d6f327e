import { AppError } from "../../common/errors.ts";
import type { Revision } from "../ports.ts";

/** The one commit whose name begins so. NOT_FOUND for none, INVALID_ARGUMENT for several. */
export function fullRevision(prefix: string, revisions: Iterable<Revision>): Revision {
  const found = new Set([...revisions].filter((revision) => revision.startsWith(prefix.toLowerCase())));
  const [first, second] = found;
  if (first === undefined) {
    throw new AppError(
      "NOT_FOUND",
      `No commit "${prefix}" among the newest of any branch: say all 40 digits of an older one`,
    );
  }
  if (second !== undefined) {
    throw new AppError(
      "INVALID_ARGUMENT",
      `Cannot tell which commit is meant by "${prefix}": ${[...found].sort().join(", ")} begin so`,
    );
  }
  return first;
}
