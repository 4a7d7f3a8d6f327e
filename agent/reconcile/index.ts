export { createReconciler, type Reconciler } from "./reconciler.ts";
