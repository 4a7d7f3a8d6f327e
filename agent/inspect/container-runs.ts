import type { Manifest } from "../../common/domain/index.ts";

/** One run of a container: the kubelet keeps the logs of the newest one and of the one before. */
export interface ContainerRun {
  /** Of the container runtime. */
  readonly id: string;
  readonly restarts: number;
  /** Its log is that of the incarnation before the present one. */
  readonly isPrevious: boolean;
  /** How it ended: "exit code 1: Error"; undefined while it runs. */
  readonly end: string | undefined;
}

export interface ContainerState {
  readonly name: string;
  /** Those that have a log, older ones first. */
  readonly runs: readonly ContainerRun[];
  /** Why it does not run, where that is not just the ordinary way up; "" otherwise. */
  readonly waiting: string;
  /** It will not run again. */
  readonly isOver: boolean;
}

interface Terminated {
  readonly containerID?: string;
  readonly exitCode?: number;
  readonly reason?: string;
}

interface Status {
  readonly name: string;
  readonly containerID?: string;
  readonly restartCount?: number;
  readonly state?: {
    readonly running?: object;
    readonly terminated?: Terminated;
    readonly waiting?: { readonly reason?: string; readonly message?: string };
  };
  readonly lastState?: { readonly terminated?: Terminated };
}

type Lists<T> = Readonly<Record<string, readonly T[] | undefined>>;

const ordinary = new Set(["", "ContainerCreating", "PodInitializing"]);
const kinds = [
  ["initContainers", "initContainerStatuses"],
  ["containers", "containerStatuses"],
  ["ephemeralContainers", "ephemeralContainerStatuses"],
] as const;

/** Names of a pod's containers, in the order in which they start. */
export function containerNames(pod: Manifest): readonly string[] {
  const spec = (pod["spec"] ?? {}) as Lists<{ readonly name: string }>;
  return kinds.flatMap(([field]) => (spec[field] ?? []).map(({ name }) => name));
}

/** The containers of a pod and what can be read of each. */
export function containerStates(pod: Manifest): readonly ContainerState[] {
  const status = (pod["status"] ?? {}) as Lists<Status> & { readonly phase?: unknown };
  const isOver = isPodOver(pod);
  const known = new Map(kinds.flatMap(([, field]) => (status[field] ?? []).map((each) => [each.name, each] as const)));
  return containerNames(pod).map((name) => {
    const its = known.get(name);
    return its === undefined ? { name, runs: [], waiting: "", isOver } : { name, ...stateOf(its), isOver };
  });
}

/** All its containers have ended, and none is started again. */
export function isPodOver(pod: Manifest): boolean {
  const { phase } = (pod["status"] ?? {}) as { readonly phase?: unknown };
  return phase === "Succeeded" || phase === "Failed";
}

function stateOf({ containerID = "", restartCount = 0, state = {}, lastState = {} }: Status) {
  const { running, terminated, waiting } = state;
  const runs: ContainerRun[] = [];
  const before = lastState.terminated;
  const present = running === undefined ? terminated?.containerID || "" : containerID;
  if (before?.containerID !== undefined && before.containerID !== "" && before.containerID !== present) {
    // While the next one waits, this is the present one.
    const isPrevious = present !== "";
    const restarts = isPrevious ? Math.max(restartCount - 1, 0) : restartCount;
    runs.push({ id: before.containerID, restarts, isPrevious, end: endOf(before) });
  }
  if (present !== "") {
    const end = running === undefined ? endOf(terminated ?? {}) : undefined;
    runs.push({ id: present, restarts: restartCount, isPrevious: false, end });
  }
  const { reason = "", message = "" } = waiting ?? {};
  return { runs, waiting: ordinary.has(reason) ? "" : [reason, message].filter((part) => part !== "").join(": ") };
}

function endOf({ exitCode, reason }: Terminated): string {
  return [exitCode === undefined ? "ended" : `exit code ${exitCode}`, reason ?? ""]
    .filter((part) => part !== "")
    .join(": ");
}
