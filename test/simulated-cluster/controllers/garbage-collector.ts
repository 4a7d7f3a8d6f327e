import { foregroundFinalizer, orphanFinalizer } from "../deletion.ts";
import { type Json, type KubeObject, listAt, textAt, withAt } from "../json.ts";
import type { ObjectKey } from "../store.ts";
import { type ControllerContext, isGoing } from "./context.ts";

/** Deletes what the removed object owned, unless another owner is left. */
export function collectDependents(context: ControllerContext, removed: KubeObject): void {
  const uid = textAt(removed, "metadata", "uid") ?? "";
  for (const key of context.store.dependents(uid)) release(context, key, [uid]);
}

/** Deletes an object whose owners never existed or are gone. */
export function collectOrphan(context: ControllerContext, key: ObjectKey): void {
  const object = context.get(key);
  const missing = listAt(object, "metadata", "ownerReferences").filter(
    (owner) => ownerOf(context, key, owner) === undefined,
  );
  if (missing.length > 0)
    release(
      context,
      key,
      missing.map((owner) => textAt(owner, "uid") ?? ""),
    );
}

function ownerOf({ kinds, store }: ControllerContext, key: ObjectKey, owner: Json): KubeObject | undefined {
  const kind = kinds.byGvk(textAt(owner, "apiVersion") ?? "", textAt(owner, "kind") ?? "");
  if (kind === undefined) return undefined;
  const found = store.get({
    kind: kind.key,
    namespace: kind.namespaced ? key.namespace : "",
    name: textAt(owner, "name") ?? "",
  });
  return found !== undefined && textAt(found, "metadata", "uid") === textAt(owner, "uid") ? found : undefined;
}

function release(context: ControllerContext, key: ObjectKey, gone: readonly string[]): void {
  const object = context.get(key);
  const kind = context.kinds.byKey(key.kind);
  if (object === undefined || kind === undefined) return;
  const owners = listAt(object, "metadata", "ownerReferences");
  const left = owners.filter((owner) => !gone.includes(textAt(owner, "uid") ?? ""));
  if (left.length === 0) context.remove(kind, object);
  else context.update(kind, withAt(object, ["metadata", "ownerReferences"], left));
}

/** Answers the finalizers of foreground deletion and of orphaning. */
export function reconcileFinalizers(context: ControllerContext, key: ObjectKey, object: KubeObject): void {
  const finalizers = listAt(object, "metadata", "finalizers");
  const kind = context.kinds.byKey(key.kind);
  const uid = textAt(object, "metadata", "uid") ?? "";
  if (kind === undefined) return;
  const drop = (finalizer: string) => {
    const left = finalizers.filter((each) => each !== finalizer);
    context.update(kind, withAt(object, ["metadata", "finalizers"], left.length === 0 ? undefined : left));
  };
  if (finalizers.includes(orphanFinalizer)) {
    for (const dependent of context.store.dependents(uid)) orphan(context, dependent, uid);
    drop(orphanFinalizer);
  } else if (finalizers.includes(foregroundFinalizer)) {
    for (const dependent of context.store.dependents(uid)) {
      const found = context.get(dependent);
      if (found !== undefined && !isGoing(found)) release(context, dependent, [uid]);
    }
    if (context.store.dependents(uid).length === 0) drop(foregroundFinalizer);
  }
}

function orphan(context: ControllerContext, key: ObjectKey, uid: string): void {
  const object = context.get(key);
  const kind = context.kinds.byKey(key.kind);
  if (object === undefined || kind === undefined) return;
  const left = listAt(object, "metadata", "ownerReferences").filter((owner) => textAt(owner, "uid") !== uid);
  context.update(kind, withAt(object, ["metadata", "ownerReferences"], left.length === 0 ? undefined : left));
}
