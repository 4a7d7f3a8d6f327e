import { setMaxListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { positioned, toAppError } from "../errors.ts";
import { createLogger, type Logger } from "../telemetry/index.ts";

/** A stop that takes longer than this is ended by force. */
const stopWithinMs = 10_000;

export interface DaemonOptions {
  readonly name: string;
  readonly logLevel: string;
  /**
   * Percent of what is alive that may gather as garbage before it is collected. Where a machine has much memory, V8 would let it be
   * three times as much as is alive, for years.
   */
  readonly garbagePercent: number;
}

/**
 * A process that serves until it is told to stop: logs to standard error, SIGTERM and SIGINT stop it with status 0, a start
 * that fails ends it with status 1. `start` gives back what closes it; `signal` aborts when it is to stop.
 */
export async function runDaemon(
  { name, logLevel, garbagePercent }: DaemonOptions,
  start: (log: Logger, signal: AbortSignal) => Promise<() => Promise<void>>,
): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${garbagePercent}`);
  const pretty = process.stderr.isTTY;
  const colour = pretty && process.env["NO_COLOR"] === undefined;
  const log = createLogger({ name, level: logLevel, pretty, colour });
  const stopping = new AbortController();
  // Every loop and request listens to it.
  setMaxListeners(0, stopping.signal);
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
  for (const cause of ["SIGTERM", "SIGINT"] as const) {
    process.once(cause, () => {
      log.info(`stopping: ${cause}`);
      setTimeout(() => process.exit(1), stopWithinMs).unref();
      stopping.abort();
    });
  }
  try {
    const close = await start(log, stopping.signal);
    await stopped;
    await close();
    process.exit(0);
  } catch (thrown) {
    if (stopping.signal.aborted && (thrown as { name?: unknown }).name === "AbortError") process.exit(0);
    const { message, position } = toAppError(thrown);
    log.fatal(
      `${stopping.signal.aborted ? "could not stop cleanly" : "cannot start"}: ${positioned(message, position)}`,
    );
    process.exit(1);
  }
}
