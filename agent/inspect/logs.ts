import type { LogLines, LogsQuestion } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { KubeClient, LiveObject } from "../ports.ts";
import type { Reconciler } from "../reconcile/index.ts";
import { createMailbox, type Mailbox } from "./mailbox.ts";
import { belongings, podsNamed } from "./owned-pods.ts";
import { createTextLines } from "./text-lines.ts";

export interface LogsDependencies {
  readonly kube: KubeClient;
  readonly reconciler: Pick<Reconciler, "owned">;
  readonly logsAllowed: boolean;
}

/** Containers that are read at a time: each is a connection to the API server. */
const maxContainers = 20;

interface Container {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Lines as they come, of all containers at once; what one of them refuses is said in its place. Ends when they all have. */
export async function* logs(
  { kube, reconciler, logsAllowed }: LogsDependencies,
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
  const pods = podsNamed(target, (await belongings(kube, owned, signal)).values());
  const containers: Container[] = [];
  for (const { namespace, name } of pods) {
    for (const container of await containersOf(kube, namespace, name, question.container, signal)) {
      containers.push({ namespace, pod: name, container });
    }
    if (containers.length > maxContainers) throw tooMany(pods.length);
  }
  if (containers.length === 0) throw noContainers(question, pods.length);

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
  const names = pod === undefined ? [] : namesOf(pod);
  return wanted === "" ? names : names.filter((each) => each === wanted);
}

function namesOf(pod: LiveObject): readonly string[] {
  const spec = pod["spec"] as Readonly<Record<string, readonly { readonly name: string }[] | undefined>> | undefined;
  return ["initContainers", "containers"].flatMap((field) => (spec?.[field] ?? []).map(({ name }) => name));
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
