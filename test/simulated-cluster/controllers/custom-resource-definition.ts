import { at, type Json, type KubeObject, listAt, objectAt, textAt } from "../json.ts";
import { builtInKind, kindsOfCrd } from "../kinds.ts";
import type { ObjectKey } from "../store.ts";
import { type ControllerContext, condition, conditionOf, isGoing } from "./context.ts";

const crdKind = builtInKind("apiextensions.k8s.io/v1", "CustomResourceDefinition");

/** Accepts the names of a CRD and says that it is served. */
export function reconcileCrd(context: ControllerContext, key: ObjectKey): void {
  const crd = context.get(key);
  if (crd === undefined || isGoing(crd)) return;
  const time = context.time();
  const one = (type: string, reason: string, message: string): Json =>
    conditionOf(crd, type) ?? condition(crd, { type, status: "True", reason, message }, time);
  const storage = listAt(crd, "spec", "versions")
    .filter((version) => at(version, "storage") === true)
    .map((version) => textAt(version, "name") ?? "");
  const stored = [...new Set([...listAt(crd, "status", "storedVersions"), ...storage])];
  context.setStatus(
    crdKind,
    crd,
    {
      acceptedNames: objectAt(crd, "spec", "names"),
      conditions: [
        one("NamesAccepted", "NoConflicts", "no conflicts found"),
        one("Established", "InitialNamesAccepted", "the initial names have been accepted"),
      ],
      storedVersions: stored,
    },
    "kube-apiserver",
  );
}

/** A CRD takes its objects with it. */
export function removeCustomObjects({ store }: ControllerContext, crd: KubeObject): void {
  const kind = kindsOfCrd(crd)[0];
  if (kind === undefined) return;
  for (const object of store.list(kind.key)) {
    store.remove({
      kind: kind.key,
      namespace: textAt(object, "metadata", "namespace") ?? "",
      name: object.metadata.name,
    });
  }
}
