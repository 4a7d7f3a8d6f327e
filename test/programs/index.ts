export { cacheFolder } from "./cache-folder.ts";
export { type Child, type ChildOptions, startChild, whenReady } from "./child.ts";
export { freePort } from "./free-port.ts";
export { ensureGoPrograms, type GoModule } from "./go-programs.ts";
export { findOnPath, isExecutable } from "./path.ts";
export { type RunOptions, run } from "./run.ts";
export { say } from "./say.ts";
export { until } from "./until.ts";
