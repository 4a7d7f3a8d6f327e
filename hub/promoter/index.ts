export { createFreezes } from "./freezes.ts";
export type { MoveHealths } from "./move-health.ts";
export { createPromoter } from "./promoter.ts";
