export { copyInto } from "./copied-branch.ts";
export { createHydrator, type Hydration, type Hydrator, proposedBranch } from "./hydrator.ts";
export { noteSource } from "./source-note.ts";
export { createSourceOf, type SourceOf } from "./sources.ts";
