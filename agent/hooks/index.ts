export { createHasPods } from "./has-pods.ts";
export { createHooks, type HookReport, type Hooks } from "./hooks.ts";
export { createHookRecords } from "./record-store.ts";
export { createRunner, type RunSource } from "./runner.ts";
