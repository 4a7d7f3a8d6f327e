import { type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "./client.ts";
import { type Batch, createEventParser } from "./event-stream.ts";

/** Whether what is shown is how it is now. `since`: milliseconds since 1970. */
export type LiveState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "lost"; readonly since: number; readonly reason: string };

export interface Live {
  readonly state: ReadonlySignal<LiveState>;
  /** Returns the function that unsubscribes. */
  subscribe(listener: (batch: Batch) => void): () => void;
  /** Connects, and again whenever that ends, until it is stopped. */
  start(): void;
  stop(): void;
  /** Does not wait for its next try. */
  hurry(): void;
}

export interface LiveOptions {
  readonly client: Pick<Client, "changes">;
  readonly now: () => number;
  /** The session is over. */
  readonly loggedOut: () => void;
  readonly firstRetryMs?: number;
}

/** The hub writes something every 15 seconds; a connection that is silent for longer than this is none. */
const silentMs = 40_000;
const longestRetryMs = 15_000;

/** Follows the hub's stream of changes. */
export function createLive({ client, now, loggedOut, firstRetryMs = 500 }: LiveOptions): Live {
  const state = signal<LiveState>({ kind: "connecting" });
  const listeners = new Set<(batch: Batch) => void>();
  let stopping: AbortController | undefined;
  let wake: (() => void) | undefined;

  function lost(reason: string): void {
    const { value } = state;
    state.value = { kind: "lost", since: value.kind === "lost" ? value.since : now(), reason };
  }

  /** Until the connection ends; returns why. */
  async function follow(stopped: AbortSignal): Promise<string> {
    const connection = new AbortController();
    const end = () => connection.abort();
    stopped.addEventListener("abort", end);
    let watchdog = setTimeout(end, silentMs);
    try {
      const answer = await client.changes(connection.signal);
      if (!answer.ok) {
        if (answer.kind === "loggedOut") loggedOut();
        return answer.message;
      }
      const parse = createEventParser();
      const decoder = new TextDecoder();
      const reader = answer.value.getReader();
      connection.signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined));
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return connection.signal.aborted ? "The hub went silent" : "The hub closed the connection";
        clearTimeout(watchdog);
        watchdog = setTimeout(end, silentMs);
        const batch = parse(decoder.decode(value, { stream: true }));
        if (state.value.kind !== "live") state.value = { kind: "live" };
        if (batch.length > 0) for (const listener of listeners) listener(batch);
      }
    } catch {
      return "The connection to the hub broke off";
    } finally {
      clearTimeout(watchdog);
      stopped.removeEventListener("abort", end);
      end();
    }
  }

  async function run(stopped: AbortSignal): Promise<void> {
    let retryMs = firstRetryMs;
    while (!stopped.aborted) {
      const reason = await follow(stopped);
      if (stopped.aborted) return;
      if (state.value.kind === "live") retryMs = firstRetryMs;
      lost(reason);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, retryMs);
      });
      retryMs = Math.min(longestRetryMs, retryMs * 2);
    }
  }

  return {
    state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start() {
      if (stopping !== undefined) return;
      stopping = new AbortController();
      void run(stopping.signal);
    },
    stop() {
      stopping?.abort();
      stopping = undefined;
      wake?.();
    },
    hurry: () => wake?.(),
  };
}
