import { groupOf, ownershipLabels, refKey } from "../../common/domain/index.ts";
import { toAppError } from "../../common/errors.ts";
import type { KubeClient, LiveObject } from "../ports.ts";
import type { OwnedObject } from "../reconcile/index.ts";

/** Tells pods that appear from others', by who made them. */
export interface PodOwners {
  /** The application's own object that a pod belongs to, itself or through its owners; undefined for none. */
  rootOf(pod: LiveObject): Promise<OwnedObject | undefined>;
}

interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export interface PodOwnersOptions {
  readonly kube: Pick<KubeClient, "kindOf" | "get">;
  readonly environment: string;
  readonly application: string;
  /** What the application wants or owns now. */
  readonly owned: () => readonly OwnedObject[];
  readonly signal: AbortSignal;
}

/** Pods have few ancestors; a loop has more. */
const maxSteps = 8;
/** Owners that are remembered: a CronJob makes a new Job for each run. */
const maxKnown = 1_000;

export function createPodOwners({ kube, environment, application, owned, signal }: PodOwnersOptions): PodOwners {
  /** By uid of an owner. */
  const known = new Map<string, OwnedObject | undefined>();

  /** By who owns it; an owner is read once, however many pods it has. */
  async function above(references: readonly Reference[], namespace: string, left: number) {
    const [reference] = [...references].sort((a, b) => Number(b.controller === true) - Number(a.controller === true));
    if (reference === undefined || left === 0) return undefined;
    const { uid } = reference;
    if (known.has(uid)) return known.get(uid);
    const root = owned().find((each) => each.uid === uid) ?? (await look(reference, namespace, left));
    if (known.size >= maxKnown) known.clear();
    known.set(uid, root);
    return root;
  }

  async function look(
    { apiVersion, kind, name, uid }: Reference,
    namespace: string,
    left: number,
  ): Promise<OwnedObject | undefined> {
    const live = await read(apiVersion, kind, namespace, name);
    if (live?.metadata.uid !== uid) return undefined;
    const { labels = {}, namespace: its = "" } = live.metadata;
    const key = refKey({ group: groupOf(apiVersion), kind, namespace: its, name });
    const isOurs = labels[ownershipLabels.environment] === environment;
    const root = owned().find((each) => refKey(each.ref) === key);
    // Made a moment ago: the watch may not have told yet which one it is.
    if (root !== undefined && isOurs && labels[ownershipLabels.application] === application) return { ...root, uid };
    return above(referencesOf(live), namespace, left - 1);
  }

  /** Undefined also for what the agent has no right to: an agent with few rights still sees the rest. */
  async function read(apiVersion: string, kind: string, namespace: string, name: string) {
    try {
      const info = await kube.kindOf(apiVersion, kind, { signal });
      return await kube.get(info, info.namespaced ? namespace : "", name, { signal });
    } catch (thrown) {
      const { code } = toAppError(thrown);
      if (code === "PERMISSION_DENIED" || code === "NOT_FOUND") return undefined;
      throw thrown;
    }
  }

  return {
    async rootOf(pod) {
      const { namespace = "", name, uid } = pod.metadata;
      const key = refKey({ group: "", kind: "Pod", namespace, name });
      const itself = owned().find((each) => refKey(each.ref) === key);
      return itself === undefined ? above(referencesOf(pod), namespace, maxSteps) : { ...itself, uid };
    },
  };
}

function referencesOf({ metadata }: LiveObject): readonly Reference[] {
  return (metadata["ownerReferences"] ?? []) as readonly Reference[];
}
