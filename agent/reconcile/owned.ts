import { type ObjectRef, refKey } from "../../common/domain/index.ts";
import type { Context } from "./context.ts";

/** An object that an application wants or owns. */
export interface OwnedObject {
  readonly application: string;
  readonly ref: ObjectRef;
  readonly apiVersion: string;
  /** "" when it is not there. */
  readonly uid: string;
}

export function ownedObjects(context: Context, application: string): readonly OwnedObject[] {
  const found = new Map<string, OwnedObject>();
  const add = (name: string, ref: ObjectRef, apiVersion: string) => {
    const key = refKey(ref);
    found.set(key, { application: name, ref, apiVersion, uid: context.observer.live.get(key)?.uid ?? "" });
  };
  for (const [name, { entries }] of context.store.inventory()) {
    if (application !== "" && name !== application) continue;
    for (const { ref, apiVersion } of entries.values()) add(name, ref, apiVersion);
  }
  // What is wanted says it better: an object may be written in another version by now.
  for (const { name, objects } of context.index().bodies.values()) {
    if (application !== "" && name !== application) continue;
    for (const { ref, apiVersion } of objects) add(name, ref, apiVersion);
  }
  return [...found.values()];
}
