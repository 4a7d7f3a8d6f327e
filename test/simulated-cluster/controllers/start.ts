import { type KubeObject, listAt, textAt } from "../json.ts";
import type { ObjectKey } from "../store.ts";
import {
  type ControllerContext,
  type ControllerDelays,
  type ControllerDependencies,
  createContext,
  defaultDelays,
} from "./context.ts";
import { reconcileCrd, removeCustomObjects } from "./custom-resource-definition.ts";
import { reconcileDaemonSet } from "./daemon-set.ts";
import { reconcileDeployment } from "./deployment.ts";
import { collectDependents, collectOrphan, reconcileFinalizers } from "./garbage-collector.ts";
import { reconcileJob } from "./job.ts";
import { reconcileNamespace } from "./namespace.ts";
import { reconcilePod } from "./pod.ts";
import { reconcileReplicaSet } from "./replica-set.ts";
import { reconcileBudget, reconcileClaim, reconcileService } from "./single-object.ts";
import { reconcileStatefulSet } from "./stateful-set.ts";

type Reconcile = (context: ControllerContext, key: ObjectKey) => void;
type Reconcilers = Readonly<Record<string, Reconcile>>;

/** What the API server itself does, even when no controller runs. */
const always: Reconcilers = { "apiextensions.k8s.io/customresourcedefinitions": reconcileCrd };

const all: Reconcilers = {
  ...always,
  "/namespaces": reconcileNamespace,
  "/persistentvolumeclaims": reconcileClaim,
  "/pods": reconcilePod,
  "/services": reconcileService,
  "apps/daemonsets": reconcileDaemonSet,
  "apps/deployments": reconcileDeployment,
  "apps/replicasets": reconcileReplicaSet,
  "apps/statefulsets": reconcileStatefulSet,
  "batch/jobs": reconcileJob,
  "policy/poddisruptionbudgets": reconcileBudget,
};

/**
 * Runs the controllers of one cluster: level-triggered, one key at a time, woken by the store's events and by timers.
 * A burst of events for one key is one run. Without `delays` only what the API server does itself is done.
 */
export function startControllers(
  dependencies: ControllerDependencies,
  delays: Partial<ControllerDelays> | false,
): { stop(): void } {
  const { store, clock } = dependencies;
  const reconcilers = delays === false ? always : all;
  const dirty = new Map<string, ObjectKey>();
  const timers = new Set<() => void>();
  let scheduled = false;
  let stopped = false;

  function after(ms: number, work: () => void): void {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      if (!stopped) work();
    });
    timers.add(cancel);
  }

  function enqueue(key: ObjectKey): void {
    if (stopped) return;
    dirty.set(`${key.kind} ${key.namespace}/${key.name}`, key);
    if (scheduled) return;
    scheduled = true;
    after(0, run);
  }

  function run(): void {
    scheduled = false;
    const keys = [...dirty.values()];
    dirty.clear();
    for (const key of keys) {
      reconcilers[key.kind]?.(context, key);
      const object = store.get(key);
      if (delays !== false && object?.metadata["deletionTimestamp"] !== undefined)
        reconcileFinalizers(context, key, object);
    }
  }

  const context = createContext(
    dependencies,
    { ...defaultDelays, ...(delays === false ? {} : delays) },
    { enqueue, after },
  );

  const unsubscribe = store.subscribe(({ key, object, previous }) => {
    const any = object ?? previous;
    if (any === undefined) return;
    if (reconcilers[key.kind] !== undefined || object?.metadata["deletionTimestamp"] !== undefined) enqueue(key);
    const namespace = textAt(any, "metadata", "namespace");
    if (object === undefined && namespace !== undefined)
      enqueue({ kind: "/namespaces", namespace: "", name: namespace });
    const owners = listAt(any, "metadata", "ownerReferences");
    for (const owner of owners) {
      const kind = dependencies.kinds.byGvk(textAt(owner, "apiVersion") ?? "", textAt(owner, "kind") ?? "");
      if (kind !== undefined)
        enqueue({ kind: kind.key, namespace: kind.namespaced ? key.namespace : "", name: textAt(owner, "name") ?? "" });
    }
    if (delays !== false && object === undefined && previous !== undefined) collectSoon(previous);
    if (delays !== false && object !== undefined && previous === undefined && owners.length > 0) {
      after(0, () => collectOrphan(context, key));
    }
    if (object === undefined && previous?.kind === "CustomResourceDefinition")
      after(0, () => removeCustomObjects(context, previous));
  });

  function collectSoon(removed: KubeObject): void {
    if (store.dependents(textAt(removed, "metadata", "uid") ?? "").length > 0)
      after(0, () => collectDependents(context, removed));
  }

  if (delays !== false) context.ensureNode();
  for (const kind of Object.keys(reconcilers)) {
    for (const object of store.list(kind)) {
      enqueue({ kind, namespace: textAt(object, "metadata", "namespace") ?? "", name: object.metadata.name });
    }
  }

  return {
    stop() {
      stopped = true;
      unsubscribe();
      for (const cancel of timers) cancel();
    },
  };
}
