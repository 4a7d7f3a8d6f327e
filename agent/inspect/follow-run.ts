import { backoffMs, type Clock } from "../../common/async/index.ts";
import type { LogLines } from "../../common/domain/index.ts";
import { type AppError, toAppError } from "../../common/errors.ts";
import type { KubeClient, LogOptions } from "../ports.ts";
import type { ContainerRun } from "./container-runs.ts";
import { createLogPosition, type LogPosition } from "./log-position.ts";
import { createTextLines } from "./text-lines.ts";

export interface RunReading {
  readonly kube: Pick<KubeClient, "logs">;
  readonly clock: Clock;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** What the pod says of the run now; undefined when it knows it no more. */
  look(): Promise<ContainerRun | undefined>;
  /** Resolves after so long, or as soon as the pod changes. */
  pause(ms: number): Promise<void>;
  /** Aborts when the pod is deleted. */
  readonly gone: AbortSignal;
  put(lines: Omit<LogLines, "pod" | "container">): Promise<void>;
  readonly signal: AbortSignal;
}

/** Which part of the log is wanted at first. */
export type LogStart = Pick<LogOptions, "tail" | "sinceSeconds">;

const retry = { firstMs: 500, maxMs: 15_000 };
/** What a node that was lost still had to say does not come any more. */
const goneMs = 10_000;
/** After the end of a log, until the API server has surely heard why. */
const endedMs = 2_000;
/** Attempts in vain until the reader is told. */
const patience = 3;

/**
 * Hands out what one run of a container writes, each line once, until it has ended: a connection that breaks is made anew, and the
 * log of an ended run is read to its end. Rejects only when the signal aborts.
 */
export async function followRun(reading: RunReading, run: ContainerRun, start: LogStart): Promise<void> {
  const { look, pause, put } = reading;
  const position = createLogPosition({ isPartial: start.tail > 0 || start.sinceSeconds > 0 });
  let current = run;
  let failures = 0;
  await put({ lines: [], change: "joined", reason: run.restarts === 0 ? "" : `restarted ${times(run.restarts)}` });
  for (;;) {
    const { failure, rest, hasRead } = await readOnce(reading, current, start, position);
    if (hasRead) failures = 0;
    if (failure === undefined && current.end !== undefined) return end(rest, current.end);
    const seen = await look();
    if (seen === undefined) return end(rest, "it is gone");
    failures += 1;
    const isEnded = seen.end !== undefined;
    if (failure?.code === "PERMISSION_DENIED") return fail(failure.message, isEnded);
    // Lines without times: more of them could not be told from those that were read.
    if (position.isLost() && seen.end !== undefined) return end(rest, seen.end);
    if (failure !== undefined && failures === patience) {
      await put({ lines: [], error: failure.message });
      if (isEnded) return end(rest, seen.end ?? "");
    }
    if (isEnded && failure === undefined) {
      // All that it wrote is there: what is left of it is read.
      current = seen;
      continue;
    }
    // Most likely it has ended, and the pod is about to say so; until then the kubelet may hand out the log of the run after it.
    await pause(failure === undefined ? endedMs : backoffMs(failures, 0, retry));
    const later = await look();
    if (later === undefined) return end(rest, "it is gone");
    if (position.isLost()) {
      if (later.end !== undefined) return end(rest, later.end);
      return fail(failure?.message ?? "Its log broke off, and has no times to go on from", false);
    }
    current = later;
  }

  async function end(rest: readonly string[], reason: string): Promise<void> {
    const lines = taken(rest, position);
    if (lines.length > 0) await put({ lines });
    await put({ lines: [], change: "ended", reason });
  }

  async function fail(error: string, isEnded: boolean): Promise<void> {
    await put({ lines: [], error });
    if (isEnded) await put({ lines: [], change: "ended", reason: "" });
  }
}

interface ReadOnce {
  readonly failure: AppError | undefined;
  /** After the last line end, as it came: nothing more may come of it, or all of it once more. */
  readonly rest: readonly string[];
  readonly hasRead: boolean;
}

/** One request for the log, from where the last one came to. */
async function readOnce(
  { kube, clock, namespace, pod, container, gone, put, signal }: RunReading,
  { isPrevious, end }: ContainerRun,
  start: LogStart,
  position: LogPosition,
): Promise<ReadOnce> {
  const text = createTextLines();
  const giveUp = new AbortController();
  const silence = createSilence(gone, clock, giveUp);
  const since = position.since();
  const from = since === undefined ? start : { tail: 0, sinceSeconds: 0, sinceTime: since };
  let hasRead = false;
  let failure: AppError | undefined;
  position.resume();
  silence.begins();
  try {
    const options = { container, follow: end === undefined, previous: isPrevious, timestamps: true, ...from };
    const pieces = kube.logs(namespace, pod, { ...options, signal: AbortSignal.any([signal, giveUp.signal]) });
    for await (const piece of pieces) {
      silence.broken();
      const lines = taken(text.read(piece), position);
      hasRead ||= lines.length > 0;
      if (lines.length > 0) await put({ lines });
      silence.begins();
    }
  } catch (thrown) {
    signal.throwIfAborted();
    if (!giveUp.signal.aborted) failure = toAppError(thrown);
  } finally {
    silence.broken();
    silence.end();
  }
  return { failure, rest: text.rest(), hasRead };
}

/** Gives up what has been silent for long after `gone`: nobody ends a connection to a node that was lost. */
function createSilence(gone: AbortSignal, clock: Clock, giveUp: AbortController) {
  let isSilent = false;
  let waiting: AbortController | undefined;

  function wait(): void {
    if (!isSilent || !gone.aborted || waiting !== undefined) return;
    waiting = new AbortController();
    clock.sleep(goneMs, { signal: waiting.signal }).then(
      () => giveUp.abort(),
      () => undefined,
    );
  }

  gone.addEventListener("abort", wait);
  return {
    begins() {
      isSilent = true;
      wait();
    },
    /** Also while what came waits for its reader. */
    broken() {
      isSilent = false;
      waiting?.abort();
      waiting = undefined;
    },
    end: () => gone.removeEventListener("abort", wait),
  };
}

function taken(lines: readonly string[], position: LogPosition): readonly string[] {
  return lines.map((line) => position.take(line)).filter((line) => line !== undefined);
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
