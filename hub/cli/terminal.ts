/** Where the CLI writes: results to standard output, everything else to standard error. */
export interface Terminal {
  readonly signal: AbortSignal;
  print(text: string): void;
  note(text: string): void;
}

export function createTerminal(): Terminal {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  process.once("SIGTERM", () => interrupted.abort());
  // A reader that closes the pipe early (head, less) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
  });
  return {
    signal: interrupted.signal,
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
  };
}
