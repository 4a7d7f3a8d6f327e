import { setMaxListeners } from "node:events";
import type { Clock } from "../../common/async/index.ts";
import { type LogLines, type LogsQuestion, refKey } from "../../common/domain/index.ts";
import { createLimiter } from "../apply/index.ts";
import type { KubeClient, LiveObject } from "../ports.ts";
import type { OwnedObject } from "../reconcile/index.ts";
import { type FollowedPod, type FollowPodOptions, followPod } from "./follow-pod.ts";
import { createMailbox } from "./mailbox.ts";
import { isMeant, isMeantRoot } from "./owned-pods.ts";
import { createPodOwners } from "./pod-owners.ts";
import { mayHavePods } from "./pods-to-come.ts";

export interface FollowLogsOptions {
  readonly kube: KubeClient;
  readonly clock: Clock;
  /** What the application wants or owns now. */
  readonly owned: () => readonly OwnedObject[];
  /** Calls when something else is assigned; returns what ends that. */
  readonly assigned: (listener: () => void) => () => void;
  /** UIDs of the pods that are there. */
  readonly first: ReadonlySet<string>;
}

/** Containers that are read at a time: each is a connection to the API server. During a rolling update there are both old and new. */
const maxRead = 40;

/**
 * Lines of all pods that are meant, those that come later too, with a word when a container joins and when it ends. Ends by itself
 * once all have ended and no more can come.
 */
export async function* followLogs(
  { kube, clock, owned, assigned, first }: FollowLogsOptions,
  question: LogsQuestion,
  given: AbortSignal,
): AsyncGenerator<LogLines> {
  const { environment, application, target } = question;
  const stopping = new AbortController();
  const signal = AbortSignal.any([given, stopping.signal]);
  // One for each pod.
  setMaxListeners(0, signal);
  const mailbox = createMailbox<LogLines>(signal);
  const owners = createPodOwners({ kube, environment, application, owned, signal });
  const pods = new Map<string, FollowedPod>();
  const watched = new Map<string, { isListed: boolean; readonly others: Set<string> }>();
  const slot = createRoom(maxRead, signal);
  let isWaiting = false;

  const failed = (thrown: unknown) => {
    if (!signal.aborted) mailbox.end(thrown);
  };

  async function seen(pod: LiveObject, others: Set<string>): Promise<void> {
    const { uid, name, namespace = "" } = pod.metadata;
    const known = pods.get(uid);
    if (known !== undefined) return known.changed();
    if (others.has(uid)) return;
    const root = await owners.rootOf(pod);
    if (root === undefined || !isMeant(target, { kind: "Pod", name }, root)) return void others.add(uid);
    const followed = followPod({
      ...{ kube, clock, question, slot, signal },
      ...{ pod: { namespace, name, uid }, isFirst: first.has(uid), put: (lines) => mailbox.put(lines) },
    });
    pods.set(uid, followed);
    isWaiting = false;
    followed.done.then(() => judge(), failed);
  }

  function deleted(uid: string): void {
    pods.get(uid)?.deleted();
  }

  async function watch(namespace: string): Promise<void> {
    const state = { isListed: false, others: new Set<string>() };
    watched.set(namespace, state);
    const kind = await kube.kindOf("v1", "Pod", { signal });
    for await (const event of kube.watch(kind, { namespace, metadataOnly: true, signal })) {
      if (event.type === "deleted") {
        state.others.delete(event.object.metadata.uid);
        deleted(event.object.metadata.uid);
      } else if (event.type === "changed") await seen(event.object, state.others);
      else {
        const listed = new Set(event.objects.map(({ metadata }) => metadata.uid));
        for (const uid of state.others) if (!listed.has(uid)) state.others.delete(uid);
        for (const [uid, pod] of pods) if (pod.namespace === namespace && !listed.has(uid)) pod.deleted();
        for (const pod of event.objects) await seen(pod, state.others);
        state.isListed = true;
      }
      forget();
      judge();
    }
  }

  /** Pods that are gone and read. */
  function forget(): void {
    for (const [uid, pod] of pods) if (pod.state() === "gone") pods.delete(uid);
  }

  function watchAll(): void {
    try {
      for (const { ref } of owned()) {
        if (ref.namespace !== "" && !watched.has(ref.namespace)) watch(ref.namespace).catch(failed);
      }
      judge();
    } catch (thrown) {
      failed(thrown);
    }
  }

  function judge(): void {
    conclude().catch(failed);
  }

  /** Ends when nothing more can come; says so when there is nothing yet. */
  async function conclude(): Promise<void> {
    if ([...watched.values()].some(({ isListed }) => !isListed)) return;
    if ([...pods.values()].some((pod) => pod.state() === "alive")) return;
    const roots = owned().filter(({ ref }) => isMeantRoot(target, ref));
    const over = new Set([...pods.values()].filter((pod) => pod.state() === "over").map(keyOf));
    for (const root of roots) {
      if (over.has(refKey(root.ref)) || !(await mayHavePods(kube, root, signal))) continue;
      if (isWaiting || pods.size > 0) return;
      isWaiting = true;
      return await mailbox.put({ pod: "", container: "", lines: [], change: "waiting", reason: "there are no pods" });
    }
    if ([...pods.values()].every((pod) => pod.state() !== "alive")) mailbox.end();
  }

  const forgetListener = assigned(watchAll);
  watchAll();
  try {
    yield* mailbox.values();
  } finally {
    forgetListener();
    stopping.abort();
  }
}

function keyOf({ namespace, name }: FollowedPod): string {
  return refKey({ group: "", kind: "Pod", namespace, name });
}

/** Room for so many pieces of work at a time; the others wait in order, and say so before. */
function createRoom(most: number, signal: AbortSignal): FollowPodOptions["slot"] {
  const limit = createLimiter(most);
  let asked = 0;
  return async (work, full) => {
    asked += 1;
    try {
      if (asked > most) await full();
      await limit(async () => {
        signal.throwIfAborted();
        await work();
      });
    } finally {
      asked -= 1;
    }
  };
}
