import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Change } from "./event-stream.ts";
import { createPace } from "./pace.ts";
import { useSession } from "./session.ts";

export interface Read<T> {
  /** The newest that was read; undefined while nothing was. */
  readonly value: T | undefined;
  /** Why there is nothing newer. */
  readonly problem: string | undefined;
}

const retryMs = 5_000;
const timer = {
  now: () => Date.now(),
  after(ms: number, work: () => void) {
    const id = setTimeout(work, ms);
    return () => clearTimeout(id);
  },
};

/** Something of the API, read again whenever a change says so. An undefined path: nothing is asked. */
export function useRead<T>(path: string | undefined, affects: (change: Change) => boolean): Read<T> {
  const session = useSession();
  const read = useSignal<Read<T>>({ value: undefined, problem: undefined });
  useEffect(() => {
    read.value = { value: undefined, problem: undefined };
    if (path === undefined) return undefined;
    const gone = new AbortController();
    let callOff = () => {};
    const pace = createPace(async () => {
      const answer = await session.client.get<T>(path, gone.signal);
      if (gone.signal.aborted) return;
      callOff();
      if (answer.ok) read.value = { value: answer.value, problem: undefined };
      else if (answer.kind === "loggedOut") session.ended();
      else {
        read.value = { value: read.value.value, problem: answer.message };
        if (answer.kind === "away") callOff = timer.after(retryMs, pace.request);
      }
    }, timer);
    pace.request();
    const unsubscribe = session.live.subscribe((batch) => {
      if (batch === "everything" || batch.some(affects)) pace.request();
    });
    return () => {
      gone.abort();
      unsubscribe();
      callOff();
      pace.stop();
    };
  }, [path]);
  return read.value;
}

/** A listing of the API: { items }. */
export function useList<T>(path: string | undefined, affects: (change: Change) => boolean): Read<readonly T[]> {
  const { value, problem } = useRead<{ readonly items: readonly T[] }>(path, affects);
  return { value: value?.items, problem };
}
