export { type BackoffOptions, backoffMs } from "./backoff.ts";
export { type Clock, systemClock, withDeadline } from "./clock.ts";
export { type Coalesced, createCoalesced } from "./coalesced.ts";
export { createKeyedLock, type KeyedLock } from "./keyed-lock.ts";
