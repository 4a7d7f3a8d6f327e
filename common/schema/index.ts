export { parseDuration } from "../domain/index.ts";
export { parseApplication } from "./application.ts";
export { parseFleet } from "./fleet.ts";
export { type GateJob, parseGateJob } from "./gate-job.ts";
export { applicationJsonSchema, fleetJsonSchema } from "./json-schema.ts";
export { nearest } from "./nearest.ts";
export { joinPath } from "./repository-path.ts";
export { type DocumentPath, parseYamlDocument, pathText, type YamlDocument } from "./yaml-document.ts";
