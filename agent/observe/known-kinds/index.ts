export type { KnownCheck } from "./check.ts";
export { knownCheckOf } from "./known-check-of.ts";
