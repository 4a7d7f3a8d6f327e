export type { OwnedObject } from "./owned.ts";
export type { Preview } from "./preview.ts";
export { createReconciler, type Reconciler } from "./reconciler.ts";
