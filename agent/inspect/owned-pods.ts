import type { ObjectRef } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { KubeClient, LiveObject } from "../ports.ts";
import type { OwnedObject } from "../reconcile/index.ts";

/** An object that belongs to an application, itself or through its owners. */
export interface Belonging {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly application: string;
  /** The application's own object that it belongs to. */
  readonly root: OwnedObject;
}

interface OwnerReference {
  readonly uid: string;
}

/** Kinds that stand between what people write and its pods. Custom resources may have more; those are not followed. */
const between = [
  ["apps/v1", "StatefulSet"],
  ["apps/v1", "Deployment"],
  ["apps/v1", "DaemonSet"],
  ["apps/v1", "ReplicaSet"],
  ["batch/v1", "CronJob"],
  ["batch/v1", "Job"],
  ["v1", "Pod"],
] as const;

/**
 * The application's objects and what controllers made for them, by UID. Metadata only: one list for each kind and namespace,
 * however many objects there are.
 */
export async function belongings(
  kube: KubeClient,
  owned: readonly OwnedObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Belonging>> {
  const found = new Map<string, Belonging>();
  for (const root of owned) {
    if (root.uid !== "") found.set(root.uid, { ...root.ref, uid: root.uid, application: root.application, root });
  }
  const namespaces = new Set([...found.values()].map(({ namespace }) => namespace).filter((name) => name !== ""));
  const candidates: { readonly kind: string; readonly live: LiveObject }[] = [];
  for (const namespace of namespaces) {
    for (const [apiVersion, kind] of between) {
      const objects = await listed(kube, apiVersion, kind, namespace, signal);
      candidates.push(...objects.map((live) => ({ kind, live })));
    }
  }
  // In the order of `between` owners come first, except that anything may own a StatefulSet or a Deployment.
  for (const { kind, live } of candidates) {
    const owner = owners(live)
      .map(({ uid }) => found.get(uid))
      .find((each) => each !== undefined);
    if (owner !== undefined && !found.has(live.metadata.uid)) {
      found.set(live.metadata.uid, belonging(kind, live, owner.root));
    }
  }
  return found;
}

/** None of a kind that the agent has no right to: an agent with few rights still sees the rest. */
async function listed(
  kube: KubeClient,
  apiVersion: string,
  kind: string,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly LiveObject[]> {
  try {
    const info = await kube.kindOf(apiVersion, kind, { signal });
    return await kube.list(info, { namespace, metadataOnly: true, signal });
  } catch (thrown) {
    const { code } = toAppError(thrown);
    if (kind !== "Pod" && (code === "PERMISSION_DENIED" || code === "NOT_FOUND")) return [];
    throw thrown;
  }
}

function belonging(kind: string, { metadata }: LiveObject, root: OwnedObject): Belonging {
  const { name, namespace = "", uid } = metadata;
  return { kind, namespace, name, uid, application: root.application, root };
}

function owners({ metadata }: LiveObject): readonly OwnerReference[] {
  return (metadata["ownerReferences"] ?? []) as readonly OwnerReference[];
}

/** The pods that a word means: "" all, "NAME" a pod, "KIND/NAME" all of one object. NOT_FOUND for none. */
export function podsNamed(target: string, found: Iterable<Belonging>): readonly Belonging[] {
  const all = [...found].filter(({ kind }) => kind === "Pod");
  const pods = all.filter((pod) => isMeant(target, pod, pod.root));
  if (pods.length > 0 || target === "") return pods;
  const objects = new Set(all.map(({ root }) => root).map(({ ref }) => `${ref.kind.toLowerCase()}/${ref.name}`));
  const hint = objects.size === 0 ? "it has no pods" : `it has pods of ${[...objects].sort().join(", ")}`;
  throw new AppError("NOT_FOUND", `No pods of "${target}" in this application: ${hint}`);
}

/** Whether a word means this pod of that object. */
export function isMeant(target: string, pod: Pick<Belonging, "kind" | "name">, root: OwnedObject): boolean {
  if (target === "") return true;
  const [first = "", name] = target.split("/");
  return name === undefined
    ? pod.name === first
    : (isKind(first, pod.kind) && pod.name === name) || isMeantRoot(target, root.ref);
}

/** Whether a word means the pods of this object, whichever they are. */
export function isMeantRoot(target: string, { kind, name }: Pick<ObjectRef, "kind" | "name">): boolean {
  if (target === "") return true;
  const [word = "", called] = target.split("/");
  return called === name && isKind(word, kind);
}

/** "deployment", "Deployments", "deploy" as people write it. */
function isKind(word: string, kind: string): boolean {
  const [said, meant] = [word.toLowerCase(), kind.toLowerCase()];
  return said === meant || said === `${meant}s` || (shortNames[said] ?? "") === meant;
}

const shortNames: Readonly<Record<string, string>> = {
  deploy: "deployment",
  sts: "statefulset",
  ds: "daemonset",
  rs: "replicaset",
  cj: "cronjob",
  po: "pod",
};
