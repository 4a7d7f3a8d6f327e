export { type Assigner, createAssigner } from "./assigner.ts";
export { createPipeline, type Pipeline } from "./pipeline.ts";
export { promote } from "./promote.ts";
