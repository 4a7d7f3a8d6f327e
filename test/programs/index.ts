export { type Child, startChild, whenReady } from "./child.ts";
export { freePort } from "./free-port.ts";
export { ensureGoPrograms, pinnedVersion } from "./go-programs.ts";
export { inCheckout } from "./in-checkout.ts";
export { findOnPath, isExecutable } from "./path.ts";
export { run } from "./run.ts";
export { say } from "./say.ts";
export { until } from "./until.ts";
