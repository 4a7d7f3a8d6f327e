import { displayRef, groupOf, type Manifest, recreateAnnotations } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import { isImmutableChange, probeOf } from "../apply/index.ts";
import { isProtected } from "../plan/index.ts";
import type { LiveObject } from "../ports.ts";
import { type Context, entryOf, treatmentFor } from "./context.ts";
import type { ObjectState } from "./state.ts";

/**
 * What can still be done for an object that was refused; throws when nothing can, or when it takes time. To be called with the
 * object's lock held.
 */
export async function rescue(
  context: Context,
  object: ObjectState,
  manifest: Manifest,
  thrown: unknown,
): Promise<LiveObject> {
  const error = toAppError(thrown);
  if (isImmutableChange(error)) return replace(context, object, manifest, error);
  if (isOfVanishedVersion(error)) return migrate(context, object, manifest, error);
  throw thrown;
}

/**
 * Deletes an object whose fields cannot be changed, where that is allowed and a new one would be accepted, and creates it again. The
 * inventory says beforehand that it is to be written, so whoever comes after a crash creates it.
 */
async function replace(
  context: Context,
  object: ObjectState,
  manifest: Manifest,
  error: AppError,
): Promise<LiveObject> {
  const { application, ref } = object;
  const { apiVersion } = object.assigned;
  const writer = context.writer(application);
  const name = displayRef(ref);
  if (isProtected(ref)) throw explained(error, `a ${ref.kind} is never deleted for that`);
  if (!treatmentFor(context, object).recreate) {
    throw explained(
      error,
      `the annotation ${recreateAnnotations[0]}=allowed, or recreate: true in application.yaml, allows to delete it and create it again`,
    );
  }
  const live = await writer.get(apiVersion, ref);
  if (live !== undefined && live.metadata.deletionTimestamp === undefined) {
    await writer.dryRun(probeOf(manifest), ref).catch((refusal: unknown) => {
      throw explained(error, `it stays, because a new one would be refused too: ${toAppError(refusal).message}`);
    });
    const entry = entryOf(context, object);
    if (entry !== undefined) context.store.update(application, { ...entry, digest: "" });
    await context.store.flush();
    await writer.delete(apiVersion, ref, { uid: live.metadata.uid });
    context.log.info({ environment: context.environment, application, object: name }, "deleted to be created again");
  }
  object.isGoing = true;
  const left = await writer.get(apiVersion, ref);
  if (left === undefined || left.metadata.uid !== live?.metadata.uid) return writer.apply(manifest, ref);
  const finalizers = left.metadata.finalizers ?? [];
  const reason = finalizers.length === 0 ? "" : `, which its finalizers hold up: ${finalizers.join(", ")}`;
  throw new AppError("FAILED_PRECONDITION", `${name} is created again when its deletion is done${reason}`);
}

/** Some manager's fields are said in a version in which they cannot be expressed any more. */
function isOfVanishedVersion({ message }: AppError): boolean {
  return message.includes("failed to prune fields") && message.includes("field not declared in schema");
}

/** Says the fields of all managers in the version that is applied. */
async function migrate(
  context: Context,
  object: ObjectState,
  manifest: Manifest,
  error: AppError,
): Promise<LiveObject> {
  const { apiVersion } = manifest;
  const writer = context.writer(object.application);
  const live = await writer.get(apiVersion, object.ref);
  const entries = live?.metadata.managedFields ?? [];
  const isOlder = (version = "") => version !== apiVersion && groupOf(version) === groupOf(apiVersion);
  if (live === undefined || !entries.some((entry) => isOlder(entry.apiVersion))) throw error;
  const managers = entries.map((entry) => (isOlder(entry.apiVersion) ? { ...entry, apiVersion } : entry));
  await writer.setManagers(object.ref, live, managers);
  return writer.apply(manifest, object.ref);
}

function explained(error: AppError, more: string): AppError {
  return new AppError(error.code, `${error.message}; ${more}`, { cause: error, details: error.details });
}
