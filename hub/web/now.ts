import { signal } from "@preact/signals";

/** Milliseconds since 1970, for ages; it ticks while the page is open. */
export const now = signal(0);

const everyMs = 5_000;

export function startNow(): void {
  now.value = Date.now();
  setInterval(() => {
    now.value = Date.now();
  }, everyMs);
}
