export { createFreezes } from "./freezes.ts";
export { createPromoter } from "./promoter.ts";
