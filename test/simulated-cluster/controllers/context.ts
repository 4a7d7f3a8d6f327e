import { ApiError } from "../api-error.ts";
import type { ClusterClock } from "../clock.ts";
import { timestamp } from "../clock.ts";
import { at, equal, type Json, type JsonObject, type KubeObject, textAt, withAt, without } from "../json.ts";
import { builtInKind, type Kind, type KindTable } from "../kinds.ts";
import type { Objects } from "../objects.ts";
import { kubernetesVersion } from "../schema/built-in.ts";
import type { ObjectKey, Store } from "../store.ts";

/** Milliseconds that the simulated controllers take. */
export interface ControllerDelays {
  /** From a pod's creation to its readiness, or to its first failure to pull an image. */
  readonly podReadyMs: number;
  /** From a Job's pod being ready to its success. */
  readonly jobRunsMs: number;
}

export const defaultDelays: ControllerDelays = { podReadyMs: 200, jobRunsMs: 200 };

export interface ControllerDependencies {
  readonly store: Store;
  readonly kinds: KindTable;
  readonly objects: Objects;
  readonly clock: ClusterClock;
}

/** What every controller works with. */
export interface ControllerContext extends ControllerDependencies {
  readonly delays: ControllerDelays;
  enqueue(key: ObjectKey): void;
  /** Runs `work` later unless the controllers are stopped first. */
  after(ms: number, work: () => void): void;
  time(): string;
  get(key: ObjectKey): KubeObject | undefined;
  /** Objects of a kind that the owner controls. */
  owned(owner: KubeObject, kind: Kind): readonly KubeObject[];
  create(kind: Kind, namespace: string, body: JsonObject): KubeObject | undefined;
  /** Writes what the object should be, unless it is that already. */
  update(kind: Kind, object: KubeObject): void;
  /** Writes the status, and the annotations of `object`, unless they are that already. */
  setStatus(kind: Kind, object: KubeObject, status: JsonObject, manager?: string): void;
  remove(kind: Kind, object: KubeObject): void;
  ensureNode(): void;
}

export const podKind = builtInKind("v1", "Pod");
export const replicaSetKind = builtInKind("apps/v1", "ReplicaSet");
export const nodeKind = builtInKind("v1", "Node");
const manager = "kube-controller-manager";
export const nodeName = "simulated-node";

export function createContext(
  dependencies: ControllerDependencies,
  delays: ControllerDelays,
  queue: Pick<ControllerContext, "enqueue" | "after">,
): ControllerContext {
  const { store, objects, clock } = dependencies;
  const write = (name = manager, subresource?: "status") => ({
    writer: { name, time: timestamp(clock) },
    dryRun: false,
    fieldValidation: "Ignore" as const,
    ...(subresource === undefined ? {} : { subresource }),
  });
  const namespaceOf = (object: KubeObject) => textAt(object, "metadata", "namespace") ?? "";

  /** Somebody else may have changed or removed the object meanwhile: the next event brings us back. */
  function attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof ApiError) return undefined;
      throw thrown;
    }
  }

  const context: ControllerContext = {
    ...dependencies,
    ...queue,
    delays,
    time: () => timestamp(clock),
    get: (key) => store.get(key),
    owned: (owner, kind) =>
      store.dependents(textAt(owner, "metadata", "uid") ?? "").flatMap((key) => {
        const object = key.kind === kind.key ? store.get(key) : undefined;
        return object === undefined ? [] : [object];
      }),
    create: (kind, namespace, body) => attempt(() => objects.create(kind, namespace, body, write()).object),
    update(kind, object) {
      attempt(() => objects.update(kind, namespaceOf(object), object.metadata.name, object, write()));
    },
    setStatus(kind, object, status, name) {
      const key = { kind: kind.key, namespace: namespaceOf(object), name: object.metadata.name };
      const live = store.get(key);
      const annotated = equal(live?.metadata["annotations"], object.metadata["annotations"]);
      if (live === undefined || (annotated && equal(live["status"], status))) return;
      const unversioned = { ...object, metadata: without(object.metadata, "resourceVersion") };
      const body = kind.custom === undefined ? unversioned : object;
      attempt(() =>
        objects.update(
          kind,
          namespaceOf(object),
          object.metadata.name,
          withAt(body, ["status"], status),
          write(name, "status"),
        ),
      );
    },
    remove(kind, object) {
      attempt(() =>
        objects.delete(kind, namespaceOf(object), object.metadata.name, { propagation: "Background", dryRun: false }),
      );
    },
    ensureNode() {
      if (store.get({ kind: nodeKind.key, namespace: "", name: nodeName }) !== undefined) return;
      const node = context.create(nodeKind, "", {
        metadata: { name: nodeName, labels: { "kubernetes.io/hostname": nodeName } },
      });
      if (node === undefined) return;
      const conditions = [
        {
          type: "Ready",
          status: "True",
          reason: "KubeletReady",
          message: "simulated",
          lastTransitionTime: context.time(),
        },
      ];
      context.setStatus(nodeKind, node, { conditions, nodeInfo: { kubeletVersion: kubernetesVersion } }, "kubelet");
    },
  };
  return context;
}

/** Reference that makes `owner` the controller of an object. */
export function controllerRef(owner: KubeObject): Json {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: textAt(owner, "metadata", "uid") ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** A condition that keeps its transition time while its status stays. */
export function condition(
  object: KubeObject,
  wanted: {
    readonly type: string;
    readonly status: "True" | "False";
    readonly reason: string;
    readonly message: string;
  },
  time: string,
): JsonObject {
  const former = conditionOf(object, wanted.type);
  const same = former !== undefined && textAt(former, "status") === wanted.status;
  return { ...wanted, lastTransitionTime: same ? (textAt(former, "lastTransitionTime") ?? time) : time };
}

export function conditionOf(object: KubeObject, type: string): JsonObject | undefined {
  const list = at(object, "status", "conditions");
  if (!Array.isArray(list)) return undefined;
  return (list as readonly JsonObject[]).find((entry) => entry["type"] === type);
}

export function isGoing(object: KubeObject): boolean {
  return object.metadata["deletionTimestamp"] !== undefined;
}
