import { type Clock, createCoalesced } from "../../common/async/index.ts";
import type { LogLines, LogsQuestion } from "../../common/domain/index.ts";
import type { KubeClient, LiveObject } from "../ports.ts";
import { type ContainerRun, type ContainerState, containerStates, isPodOver } from "./container-runs.ts";
import { followRun } from "./follow-run.ts";

export interface FollowPodOptions {
  readonly kube: Pick<KubeClient, "kindOf" | "get" | "logs">;
  readonly clock: Clock;
  readonly question: Pick<LogsQuestion, "container" | "tail" | "sinceSeconds">;
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  /** It was there when the question came: of what it had written by then, only what was asked for is wanted. */
  readonly isFirst: boolean;
  readonly put: (lines: LogLines) => Promise<void>;
  /** Runs the reading of one container once there is room for it; `full` is called when there is none. */
  readonly slot: (work: () => Promise<void>, full: () => Promise<void>) => Promise<void>;
  readonly signal: AbortSignal;
}

/** One pod whose containers are read, run after run. */
export interface FollowedPod {
  readonly namespace: string;
  readonly name: string;
  /** The pod is not what it was. */
  changed(): void;
  deleted(): void;
  /** "over": it wrote its last line and is still there; "gone": it wrote its last line and is not. */
  state(): "alive" | "over" | "gone";
  /** Resolves once it is not alive; rejects when the signal aborts. */
  readonly done: Promise<void>;
}

export function followPod(options: FollowPodOptions): FollowedPod {
  const { kube, clock, question, pod, isFirst, signal } = options;
  const { namespace, name } = pod;
  const gone = new AbortController();
  const looks = createCoalesced<"pod">(read);
  const containers = new Map<string, Promise<void>>();
  let live: LiveObject | undefined;
  /** Grows with each look. */
  let version = 0;
  let isDone = false;
  const wakes = new Set<() => void>();
  const pauses = new Set<() => void>();
  signal.addEventListener("abort", wake, { once: true });

  function wake(): void {
    for (const each of [...wakes]) each();
  }

  /** What cannot be read now stays as it was known: somebody asks again. */
  async function read(): Promise<void> {
    try {
      const kind = await kube.kindOf("v1", "Pod", { signal });
      const found = await kube.get(kind, namespace, name, { signal });
      if (found?.metadata.uid === pod.uid) live = found;
      else gone.abort();
    } catch {
      signal.throwIfAborted();
    }
    version += 1;
    wake();
  }

  async function changedSince(seen: number): Promise<void> {
    const isNews = () => version !== seen || gone.signal.aborted || signal.aborted;
    while (!isNews()) await woken();
    signal.throwIfAborted();
  }

  function woken(): Promise<void> {
    return new Promise((resolve) => {
      const called = () => {
        wakes.delete(called);
        resolve();
      };
      wakes.add(called);
    });
  }

  /** Only what the watch tells ends it early: looks are made by those who pause, too. */
  async function pause(ms: number): Promise<void> {
    signal.throwIfAborted();
    const over = new AbortController();
    const end = () => over.abort();
    pauses.add(end);
    await clock.sleep(ms, { signal: AbortSignal.any([signal, over.signal]) }).catch(() => undefined);
    pauses.delete(end);
    signal.throwIfAborted();
  }

  function stateOf(container: string): ContainerState | undefined {
    return live === undefined ? undefined : containerStates(live).find((each) => each.name === container);
  }

  async function look(container: string, id: string): Promise<ContainerRun | undefined> {
    await looks.request("pod");
    return gone.signal.aborted ? undefined : stateOf(container)?.runs.find((run) => run.id === id);
  }

  async function followContainer(container: string): Promise<void> {
    const say = (lines: Omit<LogLines, "pod" | "container">) => options.put({ pod: name, container, ...lines });
    let last: ContainerRun | undefined;
    let isBeginning = isFirst;
    let said = "";
    for (;;) {
      const seen = version;
      const state = stateOf(container);
      const runs = state?.runs ?? [];
      const at = runs.findIndex(({ id }) => id === last?.id);
      // Of what it did before the question came, only the newest run counts.
      const due = isBeginning ? runs.slice(-1) : runs.slice(at + 1);
      const lost = last !== undefined && at === -1 && due[0] !== undefined ? due[0].restarts - last.restarts - 1 : 0;
      if (lost > 0) await say({ lines: [], error: `${lost} runs were over too soon for their logs to be read` });
      for (const run of due) {
        const start = isBeginning ? question : { tail: 0, sinceSeconds: 0 };
        const reading = { kube, clock, namespace, pod: name, container, gone: gone.signal, pause, put: say, signal };
        await options.slot(
          () => followRun({ ...reading, look: () => look(container, run.id) }, run, start),
          () => say({ lines: [], change: "waiting", reason: "as many containers are read as can be at a time" }),
        );
        last = run;
        said = "";
        isBeginning = false;
      }
      isBeginning = false;
      if (version !== seen) continue;
      if (gone.signal.aborted || state?.isOver === true) return;
      const waiting = state?.waiting ?? "";
      if (waiting !== said && waiting !== "") await say({ lines: [], change: "waiting", reason: waiting });
      said = waiting;
      await changedSince(seen);
    }
  }

  async function follow(): Promise<void> {
    await looks.request("pod");
    for (;;) {
      const seen = version;
      for (const { name: container } of live === undefined ? [] : containerStates(live)) {
        if (containers.has(container) || (question.container !== "" && question.container !== container)) continue;
        const following = followContainer(container);
        // Awaited below, maybe much later.
        following.catch(() => undefined);
        containers.set(container, following);
      }
      if (version !== seen) continue;
      if (gone.signal.aborted || (live !== undefined && isPodOver(live))) break;
      await changedSince(seen);
    }
    await Promise.all(containers.values());
    isDone = true;
  }

  const done = follow().finally(() => signal.removeEventListener("abort", wake));
  return {
    namespace,
    name,
    changed() {
      for (const end of [...pauses]) end();
      looks.request("pod").catch(() => undefined);
    },
    deleted() {
      gone.abort();
      for (const end of [...pauses]) end();
      wake();
    },
    state: () => (!isDone ? "alive" : gone.signal.aborted ? "gone" : "over"),
    done,
  };
}
