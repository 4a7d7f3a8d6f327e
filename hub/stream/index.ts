export { createAgentServer } from "./agent-server.ts";
export type { StreamLimits } from "./limits.ts";
