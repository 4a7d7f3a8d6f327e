export { createHydrator, type Hydrator, proposedBranch } from "./hydrator.ts";
export { createSourceOf, type SourceOf } from "./sources.ts";
