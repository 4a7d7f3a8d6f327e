import { type KubeObject, textAt, withAt } from "../json.ts";
import { builtInKind } from "../kinds.ts";
import type { ObjectKey } from "../store.ts";
import { type ControllerContext, isGoing } from "./context.ts";

const namespaceKind = builtInKind("v1", "Namespace");
const accountKind = builtInKind("v1", "ServiceAccount");

/** Gives every namespace its default service account; empties one that is going, then lets it go. */
export function reconcileNamespace(context: ControllerContext, key: ObjectKey): void {
  const namespace = context.get(key);
  if (namespace === undefined) return;
  if (!isGoing(namespace)) {
    const account = { kind: accountKind.key, namespace: key.name, name: "default" };
    if (context.get(account) === undefined) context.create(accountKind, key.name, { metadata: { name: "default" } });
    return;
  }
  let left = 0;
  for (const kindKey of context.store.kinds()) {
    const kind = context.kinds.byKey(kindKey);
    if (kind === undefined || !kind.namespaced) continue;
    for (const object of context.store.list(kindKey, key.name)) {
      if (!isGoing(object)) context.remove(kind, object);
      if (context.get(placeOf(kindKey, object)) !== undefined) left++;
    }
  }
  // What has finalizers of its own wakes us when it is gone.
  if (left === 0) context.update(namespaceKind, withAt(namespace, ["spec", "finalizers"], []));
}

function placeOf(kind: string, object: KubeObject): ObjectKey {
  return { kind, namespace: textAt(object, "metadata", "namespace") ?? "", name: object.metadata.name };
}
