import type { Question } from "../../common/domain/index.ts";
import { AppError, type ErrorCode, errorCodes } from "../../common/errors.ts";
import { type Answer__Output, encodeQuestion, hubMessage } from "../../common/wire/index.ts";
import type { Cancellable } from "../ports.ts";
import { createLineReader } from "./line-reader.ts";

/** Questions to one agent. An answer waits at the agent until its reader here has taken what came before. */
export interface Questions {
  /** FAILED_PRECONDITION when the agent is too old; what the agent says; UNAVAILABLE when its stream ends meanwhile. */
  ask(question: Question, options: Cancellable): AsyncIterable<unknown>;
  answered(answer: Answer__Output): void;
  /** The stream is gone. */
  close(): void;
}

export interface QuestionsOptions {
  readonly cluster: string;
  readonly agentVersion: string;
  readonly capabilities: ReadonlySet<string>;
  readonly begin: (id: string, message: Buffer, question: Question) => void;
  /** It may not have been sent yet. */
  readonly withdraw: (id: string) => void;
  /** Newest per slot. */
  readonly control: (slot: string, message: Buffer) => void;
}

interface Pending {
  readonly pieces: Buffer[];
  granted: number;
  received: number;
  ending: { readonly error: AppError | undefined } | undefined;
  wake: () => void;
}

/** Pieces under way for one answer: as much memory as a reader that stands still takes here, and the same at the agent. */
const window = 4;
const maxOpen = 16;

export function createQuestions(options: QuestionsOptions): Questions {
  const { cluster, agentVersion, capabilities, begin, withdraw, control } = options;
  const open = new Map<string, Pending>();
  let last = 0;
  let closed = false;

  function refusal({ kind }: Question): AppError | undefined {
    if (closed) return lost(cluster);
    if (!capabilities.has(kind)) {
      return new AppError(
        "FAILED_PRECONDITION",
        `Agent ${agentVersion} of cluster "${cluster}" is too old for this: it cannot answer "${kind}"; update it first`,
      );
    }
    if (open.size < maxOpen) return undefined;
    return new AppError("RESOURCE_EXHAUSTED", `Cluster "${cluster}" is asked too much at a time: try again soon`);
  }

  return {
    async *ask(question, { signal }) {
      signal?.throwIfAborted();
      const refused = refusal(question);
      if (refused !== undefined) throw refused;
      const id = `q${++last}`;
      const pending: Pending = { pieces: [], granted: window, received: 0, ending: undefined, wake: () => undefined };
      const wake = () => pending.wake();
      signal?.addEventListener("abort", wake, { once: true });
      open.set(id, pending);
      begin(id, hubMessage.encode({ command: encodeQuestion(id, window, question) }), question);
      const read = createLineReader();
      try {
        for (let taken = 0; ; ) {
          signal?.throwIfAborted();
          const piece = pending.pieces.shift();
          if (piece !== undefined) {
            yield* read(piece);
            taken += 1;
            // Twice in a window is often enough.
            if (taken + window - pending.granted < window / 2) continue;
            pending.granted = taken + window;
            control(`grant ${id}`, hubMessage.encode({ command: { id, grant: { pieces: pending.granted } } }));
          } else if (pending.ending === undefined) {
            await new Promise<void>((resolve) => {
              pending.wake = resolve;
            });
          } else if (pending.ending.error === undefined) return;
          else throw pending.ending.error;
        }
      } finally {
        signal?.removeEventListener("abort", wake);
        open.delete(id);
        withdraw(id);
        if (pending.ending === undefined) control(`cancel ${id}`, hubMessage.encode({ command: { id, cancel: {} } }));
      }
    },
    answered({ id, data, last: isLast, errorCode, error }) {
      const pending = open.get(id);
      // Cancelled meanwhile.
      if (pending === undefined) return;
      if (data.length > 0) {
        pending.received += 1;
        if (pending.received > pending.granted) {
          throw new AppError("RESOURCE_EXHAUSTED", "The agent sent more of an answer than it was asked for");
        }
        pending.pieces.push(data);
      }
      if (isLast) pending.ending = { error: errorCode === "" ? undefined : answerError(errorCode, error) };
      pending.wake();
    },
    close() {
      closed = true;
      for (const pending of open.values()) {
        pending.ending ??= { error: lost(cluster) };
        pending.wake();
      }
    },
  };
}

/** Whoever asks is told where to look. */
export function notConnected(cluster: string): AppError {
  return new AppError(
    "UNAVAILABLE",
    `Cluster "${cluster}" is not connected: see that its agent runs; 'drover get clusters ${cluster}' says when it was last seen`,
  );
}

function lost(cluster: string): AppError {
  return new AppError(
    "UNAVAILABLE",
    `Lost cluster "${cluster}" before it had answered: ask again once 'drover get clusters ${cluster}' says that it is back`,
  );
}

function answerError(code: string, message: string): AppError {
  return new AppError(code in errorCodes ? (code as ErrorCode) : "INTERNAL", message);
}
