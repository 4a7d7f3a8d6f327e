import type { Clock } from "../../common/async/index.ts";
import type { LogLines, LogsQuestion } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { KubeClient } from "../ports.ts";
import type { OwnedObject, Reconciler } from "../reconcile/index.ts";
import { containerNames } from "./container-runs.ts";
import { followLogs } from "./follow-logs.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { type Belonging, belongings, isMeantRoot, podsNamed } from "./owned-pods.ts";
import { mayHavePods } from "./pods-to-come.ts";
import { createTextLines } from "./text-lines.ts";

export interface LogsDependencies {
  readonly kube: KubeClient;
  readonly reconciler: Pick<Reconciler, "owned">;
  readonly logsAllowed: boolean;
  readonly clock: Clock;
  /** Calls when something else is assigned to an environment; returns what ends that. */
  readonly assigned: (environment: string, listener: () => void) => () => void;
}

/** Containers that are read at a time: each is a connection to the API server. */
const maxContainers = 20;

interface Container {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/**
 * Lines as they come, of all containers at once; what one of them refuses is said in its place. Ends when they all have; followed ones
 * when no more can come.
 */
export async function* logs(
  { kube, reconciler, logsAllowed, clock, assigned }: LogsDependencies,
  question: LogsQuestion,
  signal: AbortSignal,
): AsyncGenerator<LogLines> {
  if (!logsAllowed) {
    throw new AppError("PERMISSION_DENIED", "Logs are switched off on this cluster: its agent runs with --logs off");
  }
  const { environment, application, target } = question;
  const owned = reconciler.owned(environment, application);
  if (owned.length === 0) {
    throw new AppError("NOT_FOUND", `Application "${application}" has no objects on this cluster`);
  }
  // Of what ran before, nothing more comes.
  const isFollowed = question.follow && !question.previous;
  const found = await belongings(kube, owned, signal);
  const mayWait = isFollowed && (await mayComeLater(kube, owned, target, signal));
  const pods = podsOf(target, found, mayWait);
  const containers: Container[] = [];
  for (const { namespace, name } of pods) {
    for (const container of await containersOf(kube, namespace, name, question.container, signal)) {
      containers.push({ namespace, pod: name, container });
    }
    if (containers.length > maxContainers) throw tooMany(pods.length);
  }
  if (containers.length === 0 && !(mayWait && pods.length === 0)) throw noContainers(question, pods.length);
  if (isFollowed) {
    const following = {
      owned: () => reconciler.owned(environment, application),
      assigned: (listener: () => void) => assigned(environment, listener),
      first: new Set(pods.map(({ uid }) => uid)),
    };
    return yield* followLogs({ kube, clock, ...following }, question, signal);
  }

  const stopping = new AbortController();
  const all = AbortSignal.any([signal, stopping.signal]);
  const mailbox = createMailbox<LogLines>(all);
  const reading = Promise.all(containers.map((container) => read(kube, container, question, mailbox, all)));
  reading.then(
    () => mailbox.end(),
    (thrown: unknown) => mailbox.end(thrown),
  );
  try {
    yield* mailbox.values();
  } finally {
    stopping.abort();
  }
}

/** Those that are meant. None, where others may come later and the word is that of one of the application's objects. */
function podsOf(target: string, found: ReadonlyMap<string, Belonging>, mayWait: boolean): readonly Belonging[] {
  try {
    return podsNamed(target, found.values());
  } catch (thrown) {
    if (mayWait) return [];
    throw thrown;
  }
}

async function mayComeLater(
  kube: KubeClient,
  owned: readonly OwnedObject[],
  target: string,
  signal: AbortSignal,
): Promise<boolean> {
  for (const object of owned) {
    if (isMeantRoot(target, object.ref) && (await mayHavePods(kube, object, signal))) return true;
  }
  return false;
}

/** Rejects only when nobody listens any more. */
async function read(
  kube: KubeClient,
  { namespace, pod, container }: Container,
  { follow, previous, tail, sinceSeconds }: LogsQuestion,
  mailbox: Mailbox<LogLines>,
  signal: AbortSignal,
): Promise<void> {
  const lines = createTextLines();
  try {
    const options = { container, follow, previous, tail, sinceSeconds, signal };
    for await (const piece of kube.logs(namespace, pod, options)) {
      const complete = lines.read(piece);
      // Waits until the reader has taken it: what the container writes meanwhile waits at the kubelet.
      if (complete.length > 0) await mailbox.put({ pod, container, lines: complete });
    }
    const rest = lines.rest();
    if (rest.length > 0) await mailbox.put({ pod, container, lines: rest });
  } catch (thrown) {
    signal.throwIfAborted();
    await mailbox.put({ pod, container, lines: lines.rest(), error: toAppError(thrown).message });
  }
}

async function containersOf(
  kube: KubeClient,
  namespace: string,
  name: string,
  wanted: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const kind = await kube.kindOf("v1", "Pod", { signal });
  const pod = await kube.get(kind, namespace, name, { signal });
  const names = pod === undefined ? [] : containerNames(pod);
  return wanted === "" ? names : names.filter((each) => each === wanted);
}

function tooMany(pods: number): AppError {
  return new AppError(
    "INVALID_ARGUMENT",
    `The logs of ${pods} pods are too much at a time: name a pod, an object or a container`,
  );
}

function noContainers({ application, container }: LogsQuestion, pods: number): AppError {
  const what =
    container !== "" && pods > 0
      ? `None of the ${pods} pods has a container "${container}"`
      : `Application "${application}" has no pods on this cluster`;
  return new AppError("NOT_FOUND", what);
}
