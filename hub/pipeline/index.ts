export { type Assigner, createAssigner } from "./assigner.ts";
export { createPipeline } from "./pipeline.ts";
