import { once } from "node:events";
import { isatty } from "node:tty";
import { createColors } from "picocolors";
import { createWaitingLine } from "./waiting-line.ts";

/** Where the CLI writes: results to standard output, everything else to standard error. */
export interface Terminal {
  /** Aborts when the person gives up (Ctrl-C) or the reader of the output goes away. */
  readonly signal: AbortSignal;
  readonly paint: Paint;
  now(): number;
  print(text: string): void;
  /** Resolves when the reader of the output has taken what was printed. */
  drained(): Promise<void>;
  note(text: string): void;
  /** What the command waits for: shown on a terminal once it takes longer than two seconds, replaced by the next, gone at the end. */
  waiting(text: string): void;
  /** Takes away what `waiting` shows. */
  finish(): void;
}

export type Paint = ReturnType<typeof createColors>;

/** For terminals that do not say. */
const unknownWidth = 80;

export function createTerminal(env: NodeJS.ProcessEnv): Terminal {
  const { stdout, stderr } = process;
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  process.once("SIGTERM", () => interrupted.abort());
  // A reader that closes the pipe early (head, less) is no error.
  for (const stream of [stdout, stderr]) {
    stream.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));
  }
  const line = createWaitingLine({
    write: (text) => void stderr.write(text),
    columns: () => (stderr.isTTY && env["TERM"] !== "dumb" ? stderr.columns || unknownWidth : undefined),
  });
  return {
    signal: interrupted.signal,
    paint: createColors(isatty(1) && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb"),
    now: Date.now,
    print(text) {
      line.clear();
      stdout.write(`${text}\n`);
    },
    async drained() {
      if (stdout.writableNeedDrain) await once(stdout, "drain", { signal: interrupted.signal });
    },
    note(text) {
      line.clear();
      stderr.write(`${text}\n`);
    },
    waiting: (text) => line.show(text),
    finish: () => line.stop(),
  };
}
