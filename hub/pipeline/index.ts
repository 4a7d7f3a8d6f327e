export { type Assigner, createAssigner } from "./assigner.ts";
export type { Candidate, Candidates } from "./candidates.ts";
export { createPipeline } from "./pipeline.ts";
