import { displayRef, type Manifest, refKey, type ShowQuestion } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { KubeClient } from "../ports.ts";
import type { OwnedObject } from "../reconcile/index.ts";
import { masked } from "./masking.ts";

/** The object as the API server has it, without secret values. Only what the environment wants or owns is shown. */
export async function show(
  kube: KubeClient,
  owned: readonly OwnedObject[],
  { environment, ref, managedFields }: ShowQuestion,
  signal: AbortSignal,
): Promise<Manifest> {
  const found = owned.find((each) => refKey(each.ref) === refKey(ref));
  if (found === undefined) {
    throw new AppError("NOT_FOUND", `${displayRef(ref)} is no object of environment "${environment}" on this cluster`);
  }
  const kind = await kube.kindOf(found.apiVersion, ref.kind, { signal });
  const live = await kube.get(kind, ref.namespace, ref.name, { signal });
  if (live === undefined)
    throw new AppError("NOT_FOUND", `${displayRef(ref)} is not there: it was deleted, or never applied`);
  const shown = masked(live);
  if (managedFields) return shown;
  const { managedFields: _fields, ...metadata } = shown.metadata;
  return { ...shown, metadata };
}
