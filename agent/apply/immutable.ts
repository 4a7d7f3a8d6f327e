import type { Manifest } from "../../common/domain/index.ts";
import type { AppError } from "../../common/errors.ts";

/** How API servers say that a field keeps the value it was created with; "immutable" is also what most definitions say. */
const wordings =
  /\bimmutable\b|updates to statefulset spec for fields other than|updates to \S+ are forbidden|cannot change roleRef|may not be changed in an update|may not change once set|pod updates may not change fields other than/;

/** Every field that was refused is one that cannot be changed: nothing else is wrong with the object. */
export function isImmutableChange({ details }: AppError): boolean {
  const causes = Array.isArray(details["causes"]) ? (details["causes"] as readonly { message?: string }[]) : [];
  return (
    details["status"] === 422 &&
    details["deniedBy"] === undefined &&
    causes.length > 0 &&
    causes.every(({ message = "" }) => wordings.test(message))
  );
}

/** The same object under a name that nobody has: what a dry run says of it is what would be said of a new one. */
export function probeOf(manifest: Manifest): Manifest {
  // Short enough for every kind: names of CronJobs have 52 characters.
  const name = manifest.metadata.name.slice(0, 32).replace(/[^a-z0-9A-Z]+$/, "");
  return { ...manifest, metadata: { ...manifest.metadata, name: `${name}-drover-probe` } };
}
