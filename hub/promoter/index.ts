export { commitNamed } from "./commit-named.ts";
export { createPromoter } from "./promoter.ts";
