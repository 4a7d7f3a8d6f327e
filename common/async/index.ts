export { type BackoffOptions, backoffMs } from "./backoff.ts";
export { type Clock, systemClock, withDeadline } from "./clock.ts";
export { createCoalesced } from "./coalesced.ts";
export { createKeyedLock } from "./keyed-lock.ts";
