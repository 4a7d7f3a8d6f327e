import { setMaxListeners } from "node:events";

/** One signal ends many requests at a time; Node takes more than ten listeners for a leak. */
export function allowManyListeners(signal: AbortSignal | undefined): void {
  if (signal !== undefined) setMaxListeners(0, signal);
}
