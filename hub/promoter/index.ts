export { createPromoter } from "./promoter.ts";
