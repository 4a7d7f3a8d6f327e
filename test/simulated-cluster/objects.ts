import { randomUUID } from "node:crypto";
import { checkedBody, withGeneratedName, withInitialStatus } from "./admission/body.ts";
import { withChosenFields } from "./admission/chosen-fields.ts";
import { type Change, changed, created } from "./admission/write.ts";
import type { WriteOptions } from "./admission/write-options.ts";
import {
  alreadyExists,
  badRequest,
  forbidden,
  invalid,
  invalidValue,
  methodNotAllowed,
  modified,
  namespaceNotFound,
  notFound,
} from "./api-error.ts";
import type { ClusterClock } from "./clock.ts";
import { timestamp } from "./clock.ts";
import { type DeleteOptions, deletionOf } from "./deletion.ts";
import { isObject, type Json, type JsonObject, type KubeObject, listAt, scalarText, textAt, withAt } from "./json.ts";
import { builtInKind, type Kind, type KindTable } from "./kinds.ts";
import { jsonPatch } from "./patch/json-patch.ts";
import { mergePatch } from "./patch/merge-patch.ts";
import { strategicMerge } from "./patch/strategic-merge.ts";
import type { ObjectKey, Store } from "./store.ts";

export type PatchType = "apply" | "json" | "merge" | "strategic";

export interface Written {
  readonly object: KubeObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

/** What the API of one cluster does with objects: the same for requests and for the cluster's own controllers. */
export interface Objects {
  get(kind: Kind, namespace: string, name: string): KubeObject;
  create(kind: Kind, namespace: string, body: JsonObject, options: WriteOptions): Written;
  update(kind: Kind, namespace: string, name: string, body: JsonObject, options: WriteOptions): Written;
  patch(kind: Kind, namespace: string, name: string, type: PatchType, body: Json, options: WriteOptions): Written;
  /** The object as it is afterwards, and whether it is gone. */
  delete(kind: Kind, namespace: string, name: string, options: DeleteOptions): { object: KubeObject; gone: boolean };
}

export interface ObjectsDependencies {
  readonly store: Store;
  readonly kinds: KindTable;
  readonly clock: ClusterClock;
  /** The next free Service address. */
  readonly clusterIp: () => string;
}

const namespaceKind = builtInKind("v1", "Namespace");

export function keyOf(kind: Kind, namespace: string, name: string): ObjectKey {
  return { kind: kind.key, namespace: kind.namespaced ? namespace : "", name };
}

export function createObjects({ store, clock, clusterIp }: ObjectsDependencies): Objects {
  function requireNamespace(kind: Kind, namespace: string, name: string): void {
    if (!kind.namespaced) return;
    const found = store.get(keyOf(namespaceKind, "", namespace));
    if (found === undefined) throw namespaceNotFound(namespace);
    if (found.metadata["deletionTimestamp"] === undefined) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    const message = `namespace ${namespace} is being terminated`;
    throw forbidden(kind, name, why, [{ reason: "NamespaceTerminating", message, field: "metadata.namespace" }]);
  }

  function insert(kind: Kind, namespace: string, change: Change, options: WriteOptions): Written {
    const { name } = change.object.metadata;
    requireNamespace(kind, namespace, name);
    if (store.get(keyOf(kind, namespace, name)) !== undefined) throw alreadyExists(kind, name);
    const object = withChosenFields(kind, clusterIp, {
      ...change.object,
      metadata: {
        ...change.object.metadata,
        ...(kind.namespaced ? { namespace } : {}),
        uid: randomUUID(),
        creationTimestamp: timestamp(clock),
        ...(change.generation === undefined ? {} : { generation: change.generation }),
      },
    });
    const stored = options.dryRun ? object : store.put(keyOf(kind, namespace, name), object);
    return { object: stored, created: true, warnings: change.warnings };
  }

  function replace(kind: Kind, live: KubeObject, change: Change, options: WriteOptions): Written {
    const namespace = textAt(live, "metadata", "namespace") ?? "";
    const key = keyOf(kind, namespace, live.metadata.name);
    if (change.object === live) return { object: live, created: false, warnings: change.warnings };
    const { object, warnings } = change;
    if (options.dryRun) return { object, created: false, warnings };
    const done = object.metadata["deletionTimestamp"] !== undefined && isFinalized(kind, object);
    if (done) store.remove(key);
    return { object: done ? object : store.put(key, object), created: false, warnings };
  }

  function find(kind: Kind, namespace: string, name: string): KubeObject | undefined {
    return store.get(keyOf(kind, namespace, name));
  }

  function requireSame(kind: Kind, live: KubeObject, body: JsonObject): void {
    const { name } = live.metadata;
    const version = textAt(body, "metadata", "resourceVersion") ?? "";
    const uid = textAt(body, "metadata", "uid") ?? "";
    if (uid !== "" && uid !== live.metadata["uid"]) {
      const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${scalarText(live.metadata["uid"])}`;
      throw modified(kind, name, why);
    }
    if (version !== "" && version !== live.metadata["resourceVersion"]) throw modified(kind, name);
  }

  function requirePreconditions(
    kind: Kind,
    live: KubeObject,
    { uid, resourceVersion }: DeleteOptions["preconditions"] = {},
  ): void {
    const { name } = live.metadata;
    const why = (what: string, wanted: string, found: Json | undefined) =>
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${scalarText(found)}). The object might have been `;
    if (uid !== undefined && uid !== live.metadata["uid"]) {
      throw modified(
        { ...kind, group: "", plural: kind.kind },
        name,
        `${why("UID", uid, live.metadata["uid"])}deleted and then recreated`,
      );
    }
    if (resourceVersion !== undefined && resourceVersion !== live.metadata["resourceVersion"]) {
      throw modified(
        { ...kind, group: "", plural: kind.kind },
        name,
        `${why("ResourceVersion", resourceVersion, live.metadata["resourceVersion"])}modified`,
      );
    }
  }

  const objects: Objects = {
    get(kind, namespace, name) {
      const found = find(kind, namespace, name);
      if (found === undefined) throw notFound(kind, name);
      return found;
    },

    create(kind, namespace, body, options) {
      const named = withGeneratedName(checkedBody(kind, namespace, body));
      if (textAt(named, "metadata", "resourceVersion")) {
        throw badRequest("resourceVersion should not be set on objects to be created");
      }
      return insert(kind, namespace, created(kind, withInitialStatus(kind, named), options), options);
    },

    update(kind, namespace, name, body, options) {
      const checked = checkedBody(kind, namespace, body);
      if (checked.metadata.name !== name) {
        throw badRequest(
          `the name of the object (${checked.metadata.name}) does not match the name on the URL (${name})`,
        );
      }
      const live = objects.get(kind, namespace, name);
      requireSame(kind, live, checked);
      if (kind.custom !== undefined && textAt(checked, "metadata", "resourceVersion") === undefined) {
        throw invalid(kind, name, [invalidValue("metadata.resourceVersion", 0, "must be specified for an update")]);
      }
      return replace(kind, live, changed(kind, live, checked, options), options);
    },

    patch(kind, namespace, name, type, body, options) {
      const live = find(kind, namespace, name);
      if (type === "apply") return apply(kind, namespace, name, live, body, options);
      if (live === undefined) throw notFound(kind, name);
      if (type === "strategic" && kind.custom !== undefined) throw methodNotAllowed();
      const next =
        type === "json"
          ? jsonPatch(live, body)
          : type === "merge"
            ? mergePatch(live, body)
            : strategicMerge(kind.type, live, body);
      const checked = checkedBody(kind, namespace, isObject(next) ? next : {});
      requireSame(kind, live, checked);
      return replace(kind, live, changed(kind, live, checked, { ...options, patch: body }), options);
    },

    delete(kind, namespace, name, options) {
      const live = objects.get(kind, namespace, name);
      requirePreconditions(kind, live, options.preconditions);
      const next = deletionOf(kind, live, options, timestamp(clock));
      if (next === live) return { object: live, gone: false };
      if (options.dryRun) return { object: next ?? live, gone: next === undefined };
      const key = keyOf(kind, namespace, name);
      if (next === undefined) return { object: store.remove(key) ?? live, gone: true };
      return { object: store.put(key, next), gone: false };
    },
  };

  function apply(
    kind: Kind,
    namespace: string,
    name: string,
    live: KubeObject | undefined,
    body: Json,
    options: WriteOptions,
  ): Written {
    if (!isObject(body)) throw badRequest("error decoding YAML: json: cannot unmarshal into an object");
    const checked = checkedBody(
      kind,
      namespace,
      withAt(body, ["metadata", "name"], textAt(body, "metadata", "name") ?? name),
    );
    if (checked.metadata.name !== name) {
      throw badRequest(
        `the name of the object (${checked.metadata.name}) does not match the name on the URL (${name})`,
      );
    }
    if (listAt(checked, "metadata", "managedFields").length > 0) throw badRequest("metadata.managedFields must be nil");
    const uid = textAt(checked, "metadata", "uid");
    if (live === undefined) {
      if (options.subresource !== undefined) throw notFound(kind, name);
      if (uid !== undefined) {
        throw modified(
          kind,
          name,
          `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
        );
      }
      requireNamespace(kind, namespace, name);
      return insert(
        kind,
        namespace,
        created(kind, withInitialStatus(kind, checked), { ...options, apply: true, patch: body }),
        options,
      );
    }
    requireSame(kind, live, checked);
    return replace(kind, live, changed(kind, live, checked, { ...options, apply: true, patch: body }), options);
  }

  return objects;
}

function isFinalized(kind: Kind, object: KubeObject): boolean {
  const spec = kind.key === "/namespaces" ? listAt(object, "spec", "finalizers").length : 0;
  return listAt(object, "metadata", "finalizers").length + spec === 0;
}
