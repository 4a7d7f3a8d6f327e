import { type ApplicationBody, type ObjectRef, refKey } from "../../common/domain/index.ts";
import type { InventoryStore } from "../apply/index.ts";

/** Whether a kind is known to live outside of namespaces; false as long as nothing is known of it. */
export type IsClusterScoped = (ref: ObjectRef) => boolean;

/**
 * The body without the namespaces of objects whose kind has none: whoever filled them in could not ask the cluster. The body
 * itself when there are none.
 */
export function placedBody(body: ApplicationBody, isClusterScoped: IsClusterScoped): ApplicationBody {
  if (!body.objects.some(({ ref }) => isMisplaced(ref, isClusterScoped))) return body;
  const objects = body.objects.map((object) =>
    isMisplaced(object.ref, isClusterScoped) ? { ...object, ref: { ...object.ref, namespace: "" } } : object,
  );
  return { ...body, objects };
}

/**
 * Brings in line what was recorded before it was known where a kind lives: it is the very same object. An entry with a
 * namespace is the newer one of two.
 */
export function placeInventory(store: InventoryStore, isClusterScoped: IsClusterScoped): void {
  for (const [application, { entries }] of store.inventory()) {
    for (const [key, entry] of [...entries]) {
      if (!isMisplaced(entry.ref, isClusterScoped)) continue;
      const ref = { ...entry.ref, namespace: "" };
      const uid = entry.uid || (entries.get(refKey(ref))?.uid ?? "");
      store.update(application, { ...entry, ref, uid });
      store.remove(application, key);
    }
  }
}

/** Something of these kinds was given a namespace. */
export function isAnyInNamespace(
  bodies: ReadonlyMap<string, ApplicationBody>,
  store: InventoryStore,
  isAsked: (ref: ObjectRef) => boolean,
): boolean {
  const isIn = (ref: ObjectRef) => ref.namespace !== "" && isAsked(ref);
  for (const { objects } of bodies.values()) if (objects.some(({ ref }) => isIn(ref))) return true;
  for (const { entries } of store.inventory().values()) {
    for (const { ref } of entries.values()) if (isIn(ref)) return true;
  }
  return false;
}

function isMisplaced(ref: ObjectRef, isClusterScoped: IsClusterScoped): boolean {
  return ref.namespace !== "" && isClusterScoped(ref);
}
