import type { Question } from "../../common/domain/index.ts";
import { AppError, toAppError } from "../../common/errors.ts";
import type { Logger } from "../../common/telemetry/index.ts";
import { type AgentMessage, type Command__Output, decodeQuestion } from "../../common/wire/index.ts";
import type { PreparedAnswer } from "./ports.ts";

/** Answers the hub's questions, in pieces and only as many as the hub asked for: a slow reader there stops us here. */
export interface Answers {
  command(command: Command__Output): Promise<void>;
  /** The stream is gone. */
  close(): void;
}

export interface AnswersOptions {
  /** Resolves when the transport took the message, or is gone. */
  readonly send: (message: AgentMessage) => Promise<void>;
  /** Awaited before the next message of the hub is looked at. */
  readonly prepare: (question: Question, options: { readonly signal: AbortSignal }) => Promise<PreparedAnswer>;
  readonly log: Logger;
}

interface Run {
  readonly stopping: AbortController;
  granted: number;
  sent: number;
  /** Called when more was granted, or nobody waits for the answer any more. */
  wake: () => void;
}

const maxRuns = 16;
const pieceBytes = 64 * 1024;

export function createAnswers({ send, prepare, log }: AnswersOptions): Answers {
  const runs = new Map<string, Run>();
  /** One piece at a time in the transport, over all answers: nothing else waits behind more than that. */
  let lane: Promise<void> = Promise.resolve();

  async function begin(id: string, run: Run, question: Question): Promise<void> {
    const { signal } = run.stopping;
    let prepared: PreparedAnswer;
    try {
      prepared = await prepare(question, { signal });
    } catch (thrown) {
      return void end(id, run, thrown);
    }
    // In the background: the hub's other messages go on.
    void deliver(id, run, prepared);
  }

  async function deliver(id: string, run: Run, { values, release }: PreparedAnswer): Promise<void> {
    let failure: unknown;
    try {
      for await (const value of values) await write(id, run, Buffer.from(`${JSON.stringify(value)}\n`));
    } catch (thrown) {
      failure = thrown;
    } finally {
      release();
    }
    await end(id, run, failure);
  }

  async function write(id: string, run: Run, bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      await mayGoOn(run);
      run.sent += 1;
      const sent = lane.then(() => {
        run.stopping.signal.throwIfAborted();
        return send({ answer: { id, data: bytes.subarray(at, at + pieceBytes) } });
      });
      lane = sent.catch(() => undefined);
      await sent;
      run.stopping.signal.throwIfAborted();
    }
  }

  async function mayGoOn(run: Run): Promise<void> {
    while (run.sent >= run.granted && !run.stopping.signal.aborted) {
      await new Promise<void>((resolve) => {
        run.wake = resolve;
      });
    }
    run.stopping.signal.throwIfAborted();
  }

  async function end(id: string, run: Run, failure: unknown): Promise<void> {
    runs.delete(id);
    // Cancelled: nobody listens.
    if (run.stopping.signal.aborted) return;
    if (failure === undefined) return send({ answer: { id, last: true } });
    const { code, message } = toAppError(failure, "Cannot answer");
    log.info({ question: id, code, reason: message }, "Cannot answer a question of the hub");
    await send({ answer: { id, last: true, errorCode: code, error: message } });
  }

  return {
    async command(command) {
      const { id, grant, cancel, pieces } = command;
      const known = runs.get(id);
      if (cancel) {
        runs.delete(id);
        known?.stopping.abort();
      } else if (grant) {
        if (known === undefined) return;
        known.granted = Math.max(known.granted, grant.pieces);
        known.wake();
      } else if (known === undefined) {
        const run = createRun(pieces);
        const question = decodeQuestion(command);
        if (question === undefined) return void end(id, run, unknownQuestion());
        if (runs.size >= maxRuns) return void end(id, run, tooMany());
        runs.set(id, run);
        await begin(id, run, question);
      }
    },
    close() {
      for (const run of runs.values()) run.stopping.abort();
      runs.clear();
    },
  };
}

function createRun(granted: number): Run {
  const run: Run = { stopping: new AbortController(), granted, sent: 0, wake: () => undefined };
  run.stopping.signal.addEventListener("abort", () => run.wake(), { once: true });
  return run;
}

function unknownQuestion(): AppError {
  return new AppError("FAILED_PRECONDITION", "This agent is too old: it does not know what the hub asks");
}

function tooMany(): AppError {
  return new AppError(
    "RESOURCE_EXHAUSTED",
    `This agent answers ${maxRuns} questions at a time already: try again soon`,
  );
}
